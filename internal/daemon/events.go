package daemon

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"banger/api"
	"banger/internal/problem"
	"banger/internal/progress"
)

const (
	eventStream = "text/event-stream"
	// sendTimeout bounds the wait for a client that does not read.
	sendTimeout = 10 * time.Second
	// backlog is how many words of progress wait for a client; what is more is dropped.
	backlog = 64
)

// answer makes the response to a request that can take long: the plain result, or,
// for a client that accepts them, server-sent events (see package api).
func (s *server) answer(accept string, do func(context.Context, progress.Sink) (any, error)) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(c huma.Context) {
		ctx, cancel := s.whileServing(c.Context())
		defer cancel()
		if !acceptsEvents(accept) {
			result, err := do(ctx, nil)
			s.answerPlain(c, result, err)
			return
		}
		c.SetHeader("Content-Type", eventStream)
		c.SetHeader("Cache-Control", "no-store")
		c.SetStatus(http.StatusOK)
		events := startEvents(c.BodyWriter(), cancel)
		result, err := do(ctx, events.progress)
		if err != nil {
			events.finish("error", s.refused(c.URL().Path, err).Problem)
			return
		}
		events.finish("result", result)
	}}
}

func acceptsEvents(accept string) bool {
	for kind := range strings.SplitSeq(accept, ",") {
		if media, _, err := mime.ParseMediaType(kind); err == nil && media == eventStream {
			return true
		}
	}
	return false
}

func (s *server) answerPlain(c huma.Context, result any, err error) {
	status, kind := http.StatusOK, "application/json"
	if err != nil {
		r := s.refused(c.URL().Path, err)
		status, kind, result = r.Status, problemType, r.Problem
	}
	c.SetHeader("Content-Type", kind)
	c.SetStatus(status)
	json.NewEncoder(c.BodyWriter()).Encode(result) // a client that has gone is no concern
}

// refused makes err fit to be sent, and notes what is a defect of banger's own.
func (s *server) refused(path string, err error) *refusal {
	r := refuse(err)
	if r.Code == string(problem.Internal) {
		s.log.Error("a request failed", slog.String("path", path), slog.String("error", err.Error()))
	}
	return r
}

// events writes server-sent events from a goroutine of its own, so that no
// operation waits for a client that reads slowly.
type events struct {
	w       io.Writer
	control *http.ResponseController
	giveUp  context.CancelFunc
	written chan struct{}

	mu     sync.Mutex
	closed bool
	queue  chan api.Progress
}

// startEvents calls giveUp when the client does not take what it is sent.
func startEvents(w io.Writer, giveUp context.CancelFunc) *events {
	e := &events{w: w, giveUp: giveUp, queue: make(chan api.Progress, backlog), written: make(chan struct{})}
	if rw, ok := w.(http.ResponseWriter); ok {
		e.control = http.NewResponseController(rw)
	}
	e.flush()
	go func() {
		defer close(e.written)
		for p := range e.queue {
			e.send("progress", p)
		}
	}()
	return e
}

// progress is the sink. What comes after finish is dropped.
func (e *events) progress(p progress.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return
	}
	select {
	case e.queue <- api.Progress{Phase: p.Phase, Message: p.Message, Done: p.Done, Total: p.Total, Unit: p.Unit}:
	default:
	}
}

// finish sends the last event, after all progress.
func (e *events) finish(name string, data any) {
	e.mu.Lock()
	e.closed = true
	close(e.queue)
	e.mu.Unlock()
	<-e.written
	e.send(name, data)
}

func (e *events) send(name string, data any) {
	text, err := json.Marshal(data)
	if err != nil {
		name, text = "error", []byte(`{"code":"internal","detail":"the answer cannot be written as JSON"}`)
	}
	if e.control != nil {
		e.control.SetWriteDeadline(time.Now().Add(sendTimeout))
	}
	if _, err := fmt.Fprintf(e.w, "event: %s\ndata: %s\n\n", name, text); err != nil || e.flush() != nil {
		e.giveUp()
	}
}

func (e *events) flush() error {
	if e.control == nil {
		return nil
	}
	return e.control.Flush()
}
