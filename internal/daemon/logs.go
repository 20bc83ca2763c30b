package daemon

import (
	"context"
	"io"
	"net/http"
	"path/filepath"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"banger/internal/logfile"
	"banger/internal/shim"
)

type logsInput struct {
	VMInput
	Tail   int       `query:"tail" minimum:"0" maximum:"10000000" default:"10000000" doc:"this many lines from the end"`
	Follow bool      `query:"follow" doc:"go on until the machine ends"`
	Engine bool      `query:"engine" doc:"what the engine said, instead of the guest's console"`
	Since  time.Time `query:"since" doc:"leave out lines that were begun before"`
	Stamps bool      `query:"stamps" doc:"put before each line when it was begun"`
}

func (s *server) serveLogs(a huma.API) {
	huma.Register(a, route(http.MethodGet, "/v1/vms/{ref}/logs"), func(ctx context.Context, in *logsInput) (*huma.StreamResponse, error) {
		r, err := s.logReader(ctx, in)
		if err != nil {
			return nil, s.refused(ctx, "/v1/vms/{ref}/logs", err)
		}
		return &huma.StreamResponse{Body: func(c huma.Context) {
			defer r.close()
			ctx, cancel := s.whileServing(c.Context())
			defer cancel()
			c.SetHeader("Content-Type", "text/plain; charset=utf-8")
			c.SetHeader("X-Content-Type-Options", "nosniff")
			c.SetStatus(http.StatusOK)
			r.copy(ctx, c.BodyWriter(), in) // the status is sent; a cut answer is all that can be said
		}}, nil
	})
}

// logReader is one request for a log.
type logReader struct {
	log   *logfile.Reader
	ended <-chan struct{} // nil unless the log is to be followed
	stop  func()
}

func (s *server) logReader(ctx context.Context, in *logsInput) (*logReader, error) {
	// Waiting for the end begins before the state is looked at, so that no end is missed.
	v, err := s.fleet.Show(ctx, in.Ref)
	if err != nil {
		return nil, err
	}
	r := &logReader{stop: func() {}}
	if in.Follow {
		r.ended, r.stop = s.fleet.Ended(v.ID)
		if v, err = s.fleet.Show(ctx, v.ID); err != nil {
			r.stop()
			return nil, err
		}
		if !v.State.Live() {
			r.ended = nil
		}
	}
	name := shim.ConsoleFile
	if in.Engine {
		name = shim.EngineFile
	}
	if r.log, err = logfile.OpenReader(filepath.Join(s.paths.Machine(v.ID), name), r.ended != nil); err != nil {
		r.stop()
		return nil, err
	}
	return r, nil
}

func (r *logReader) close() {
	r.stop()
	r.log.Close()
}

func (r *logReader) copy(ctx context.Context, body io.Writer, in *logsInput) error {
	out := flushed{w: body}
	if rw, ok := body.(http.ResponseWriter); ok {
		out.control = http.NewResponseController(rw)
	}
	if err := out.flush(); err != nil { // the client learns at once that it is followed, also while nothing is said
		return err
	}
	var w io.Writer = out
	if !in.Stamps {
		w = logfile.Unstamped(out)
	}
	filter := logfile.Whole
	if !in.Since.IsZero() {
		filter = func(w io.Writer) io.Writer { return logfile.Since(w, in.Since) }
	}
	if err := r.log.Tail(w, in.Tail, filter); err != nil || r.ended == nil {
		return err
	}
	return r.log.Follow(ctx, w, r.ended)
}

// flushed sends what is written at once, and gives up on a client that does not read.
type flushed struct {
	w       io.Writer
	control *http.ResponseController
}

// Write satisfies io.Writer.
func (f flushed) Write(p []byte) (int, error) {
	if f.control != nil {
		f.control.SetWriteDeadline(time.Now().Add(sendTimeout))
	}
	n, err := f.w.Write(p)
	if err == nil {
		err = f.flush()
	}
	return n, err
}

func (f flushed) flush() error {
	if f.control == nil {
		return nil
	}
	return f.control.Flush()
}
