package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	pathpkg "path"
	"strings"
	"time"

	"banger/api"
	"banger/internal/problem"
)

// maxAnswer bounds an answer of the daemon, in bytes. The longest is a list of VMs.
const maxAnswer = 64 << 20

// answerTimeout bounds a request that is answered at once, or when whoever works on the same VM has let go of it.
const answerTimeout = 3 * time.Minute

var errSilent = problem.New(problem.Timeout, "the daemon has not answered in %v", answerTimeout).
	WithRemedy("banger daemon logs says what it does")

// do sends a request with in as JSON, unless it is nil, and decodes the answer into out, unless that is nil. headers are names, each
// with a value.
func (c *Client) do(ctx context.Context, method, path string, in, out any, headers ...string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, answerTimeout, errSilent)
	defer cancel()
	resp, err := send(ctx, c.http, method, path, in, "application/json", headers...)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return decode(ctx, resp, out)
}

// send gives the answer to a request, its body unread, or the problem that it states.
func send(ctx context.Context, over *http.Client, method, path string, in any, accept string, headers ...string) (*http.Response, error) {
	if plain, _, _ := strings.Cut(path, "?"); pathpkg.Clean(plain) != plain {
		return nil, problem.New(problem.Invalid, "a name cannot be empty or made of dots")
	}
	body, err := json.Marshal(in)
	if err != nil {
		return nil, fmt.Errorf("encode the request: %w", err)
	}
	if in == nil {
		body = nil
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://banger"+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("make the request: %w", err)
	}
	req.Header.Set("Accept", accept)
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := over.Do(req)
	if err != nil {
		return nil, broken(ctx, err)
	}
	if resp.StatusCode >= 300 {
		defer resp.Body.Close()
		return nil, refusal(resp)
	}
	return resp, nil
}

func decode(ctx context.Context, resp *http.Response, out any) error {
	if out == nil || resp.StatusCode == http.StatusNoContent {
		return nil
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return broken(ctx, err)
	}
	return unmarshal(text, out)
}

func unmarshal(text []byte, out any) error {
	if err := json.Unmarshal(text, out); err != nil {
		return problem.New(problem.Internal, "the daemon's answer is malformed: %w", err)
	}
	return nil
}

// broken explains a connection that failed. What the caller's context says comes first.
func broken(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if urlErr, ok := errors.AsType[*url.Error](err); ok {
		err = urlErr.Err
	}
	switch {
	case errors.Is(err, errNoDaemon):
		return errNoDaemon
	case errors.Is(err, os.ErrPermission):
		return problem.New(problem.Unavailable, "connect to the daemon: %w", err).
			WithRemedy("its socket answers to the user who started it, and to root")
	}
	return problem.New(problem.Unavailable, "%w: %w", errWentAway, err).WithRemedy("banger daemon logs says why")
}

// errWentAway is an answer that did not come: the daemon has ended meanwhile.
var errWentAway = errors.New("the daemon went away before it answered")

// refusal is the error that an answer states.
func refusal(resp *http.Response) error {
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return broken(resp.Request.Context(), err)
	}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	var p api.Problem
	if kind != "application/problem+json" || json.Unmarshal(text, &p) != nil || p.Code == "" {
		return problem.New(problem.Internal, "the daemon answered with status %d and no reason", resp.StatusCode).
			WithRemedy("banger daemon logs may say why")
	}
	return problemError(p)
}

func problemError(p api.Problem) error {
	err := problem.New(problem.Code(p.Code), "%s", p.Detail)
	err.Remedy, err.Operation = p.Remedy, p.Operation
	return err
}
