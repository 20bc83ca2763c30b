package daemon

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"banger/internal/problem"
)

const (
	// headerTimeout bounds the wait for a request's header.
	headerTimeout = 10 * time.Second
	// idleTimeout is how long a connection may hold a place between two requests.
	idleTimeout = 30 * time.Second
	// endTimeout bounds the wait for requests under way, which undo what they did, at the end.
	endTimeout = 90 * time.Second
)

// serve returns when the daemon was told to end and no request is under way.
func (s *server) serve(listener net.Listener) error {
	places := limited(listener, connectionLimit())
	web := &http.Server{
		Handler:           s.handler(),
		ConnContext:       withConn,
		ConnState:         places.quiet.note,
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	served := make(chan error, 1)
	go func() { served <- web.Serve(places) }()
	select {
	case err := <-served:
		return fmt.Errorf("serve %s: %w", s.paths.Socket(), err)
	case <-s.life.Done():
	}
	s.log.Info("the daemon is told to end")
	ctx, cancel := context.WithTimeout(context.Background(), endTimeout)
	defer cancel()
	if err := web.Shutdown(ctx); err != nil {
		web.Close()
		return fmt.Errorf("wait for requests under way: %w", err)
	}
	s.commands.Wait() // each ends soon: its session is told
	return nil
}

func (s *server) handler() http.Handler {
	mux := http.NewServeMux()
	a := newAPI(mux)
	s.serveAll(a)
	mux.HandleFunc("GET /openapi.json", s.serveDocument(a))
	mux.Handle("GET /metrics", s.serveMetrics())
	return s.metrics.counted(mux, guard(mux, s.log))
}

// serveAll puts the API together.
func (s *server) serveAll(a huma.API) {
	s.serveSystem(a)
	s.serveOperations(a)
	s.serveFeed(a)
	s.serveDiskUsage(a)
	s.serveVMs(a)
	s.serveWorkspaces(a)
	s.serveSnapshots(a)
	s.serveLogs(a)
	s.serveExec(a)
	s.serveImages(a)
	s.serveKernels(a)
	describe(a)
}

var errEnding = problem.New(problem.Canceled, "the daemon was told to end").
	WithRemedy("the next command starts it again")

// whileServing is ctx, which also ends when the daemon is told to end.
func (s *server) whileServing(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(s.life, func() { cancel(errEnding) })
	return ctx, func() {
		stop()
		cancel(context.Canceled)
	}
}
