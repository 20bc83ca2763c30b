package daemon

import (
	"context"
	"encoding/json"
	"log/slog"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"banger/internal/operation"
	"banger/internal/problem"
	"banger/internal/progress"
)

// work is what a request does that can take long.
type work func(context.Context, progress.Sink) (any, error)

var errGone = problem.New(problem.Canceled, "the client went away")

// answer makes the response to a request that can take long: the plain result, or, as its headers ask, server-sent
// events, or at once the operation that goes on (see package api).
func (s *server) answer(do work) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(c huma.Context) {
		ctx, cancel := s.whileServing(c.Context())
		defer cancel()
		path, later := c.URL().Path, lists(c.Header("Prefer"), "respond-async")
		if later {
			ctx = context.WithoutCancel(ctx)
		}
		held, r, err := s.operations.begin(ctx, c.Operation().OperationID, c.Param("ref")+c.Param("name"))
		switch {
		case err != nil:
			sendPlain(c, nil, s.refused(ctx, path, err))
		case later:
			s.later.Go(func() {
				held, cancel := s.whileServing(held)
				defer cancel()
				s.perform(held, path, r, do)
			})
			c.SetHeader("Location", "/v1/operations/"+r.state().ID)
			send(c, http.StatusAccepted, "application/json", r.state())
		case acceptsEvents(c.Header("Accept")):
			r.listen(listen(stream(c, func() { r.cancel(errGone) })))
			s.perform(held, path, r, do)
		default:
			result, refused := s.perform(held, path, r, do)
			sendPlain(c, result, refused)
		}
	}}
}

// perform does the work of an operation and notes what came of it, also when it panics.
func (s *server) perform(ctx context.Context, path string, r *running, do work) (result any, refused *refusal) {
	returned := false
	defer func() {
		if !returned {
			refused = refuse(errPanicked)
		}
		if refused != nil {
			s.operations.finish(r, nil, &refused.Problem)
		} else {
			s.operations.finish(r, result, nil)
		}
		s.metrics.ended(r.state())
	}()
	result, err := do(ctx, r.progress)
	if err != nil {
		refused = s.refused(ctx, path, err)
	}
	returned = true
	return result, refused
}

func acceptsEvents(accept string) bool {
	for kind := range strings.SplitSeq(accept, ",") {
		if media, _, err := mime.ParseMediaType(kind); err == nil && media == eventStream {
			return true
		}
	}
	return false
}

// lists reports whether a header that is a list has a certain word in it.
func lists(header, word string) bool {
	return slices.ContainsFunc(strings.Split(header, ","), func(s string) bool { return strings.EqualFold(strings.TrimSpace(s), word) })
}

func sendPlain(c huma.Context, result any, refused *refusal) {
	if refused != nil {
		send(c, refused.Status, problemType, refused.Problem)
		return
	}
	send(c, http.StatusOK, "application/json", result)
}

func send(c huma.Context, status int, kind string, body any) {
	c.SetHeader("Content-Type", kind)
	c.SetStatus(status)
	json.NewEncoder(c.BodyWriter()).Encode(body) // a client that has gone is no concern
}

// refused makes err fit to be sent, and notes what is a defect of banger's own.
func (s *server) refused(ctx context.Context, path string, err error) *refusal {
	r := refuse(err)
	r.Operation = operation.ID(ctx)
	if r.Code == string(problem.Internal) {
		s.log.ErrorContext(ctx, "a request failed", slog.String("path", path), slog.String("error", err.Error()))
	}
	return r
}
