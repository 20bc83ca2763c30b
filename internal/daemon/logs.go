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

type networkLogInput struct {
	VMInput
	Tail   int  `query:"tail" minimum:"0" maximum:"10000000" default:"10000000" doc:"this many entries from the end"`
	Follow bool `query:"follow" doc:"go on until the machine ends"`
}

func (s *server) serveLogs(a huma.API) {
	huma.Register(a, route(http.MethodGet, "/v1/vms/{ref}/logs"), func(ctx context.Context, in *logsInput) (*huma.StreamResponse, error) {
		name := shim.ConsoleFile
		if in.Engine {
			name = shim.EngineFile
		}
		r, err := s.logReader(ctx, in.Ref, name, in.Follow)
		if err != nil {
			return nil, s.refused(ctx, "/v1/vms/{ref}/logs", err)
		}
		return s.logResponse(r, "text/plain; charset=utf-8", in.copying()), nil
	})
	huma.Register(a, route(http.MethodGet, "/v1/vms/{ref}/network/log"), func(ctx context.Context, in *networkLogInput) (*huma.StreamResponse, error) {
		r, err := s.logReader(ctx, in.Ref, shim.NetworkFile, in.Follow)
		if err != nil {
			return nil, s.refused(ctx, "/v1/vms/{ref}/network/log", err)
		}
		return s.logResponse(r, "application/x-ndjson", copying{tail: in.Tail, filter: logfile.Whole, plain: logfile.Whole}), nil
	})
}

// copying says what of a log is sent, and how.
type copying struct {
	tail   int
	filter func(io.Writer) io.Writer // of lines
	plain  func(io.Writer) io.Writer // what is done with each line
}

func (in *logsInput) copying() copying {
	c := copying{tail: in.Tail, filter: logfile.Whole, plain: logfile.Whole}
	if !in.Stamps {
		c.plain = logfile.Unstamped
	}
	if !in.Since.IsZero() {
		c.filter = func(w io.Writer) io.Writer { return logfile.Since(w, in.Since) }
	}
	return c
}

func (s *server) logResponse(r *logReader, kind string, how copying) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(c huma.Context) {
		defer r.close()
		ctx, cancel := s.whileServing(c.Context())
		defer cancel()
		c.SetHeader("Content-Type", kind)
		c.SetHeader("X-Content-Type-Options", "nosniff")
		c.SetStatus(http.StatusOK)
		r.copy(ctx, c.BodyWriter(), how) // the status is sent; a cut answer is all that can be said
	}}
}

// logReader is one request for a log.
type logReader struct {
	log   *logfile.Reader
	ended <-chan struct{} // nil unless the log is to be followed
	stop  func()
}

func (s *server) logReader(ctx context.Context, ref, name string, follow bool) (*logReader, error) {
	// Waiting for the end begins before the state is looked at, so that no end is missed.
	v, err := s.fleet.Show(ctx, ref)
	if err != nil {
		return nil, err
	}
	r := &logReader{stop: func() {}}
	if follow {
		r.ended, r.stop = s.fleet.Ended(v.ID)
		if v, err = s.fleet.Show(ctx, v.ID); err != nil {
			r.stop()
			return nil, err
		}
		if !v.State.Live() {
			r.ended = nil
		}
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

func (r *logReader) copy(ctx context.Context, body io.Writer, how copying) error {
	out := flushed{w: body}
	if rw, ok := body.(http.ResponseWriter); ok {
		out.control = http.NewResponseController(rw)
	}
	if err := out.flush(); err != nil { // the client learns at once that it is followed, also while nothing is said
		return err
	}
	w := how.plain(out)
	if err := r.log.Tail(w, how.tail, how.filter); err != nil || r.ended == nil {
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
