package daemon

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"banger/internal/problem"
)

const (
	// headerTimeout bounds the wait for a request's header.
	headerTimeout = 10 * time.Second
	// endTimeout bounds the wait for requests under way, which undo what they did, at the end.
	endTimeout = 90 * time.Second
)

// serve returns when the daemon was told to end and no request is under way.
func (s *server) serve(listener net.Listener) error {
	web := &http.Server{
		Handler:           s.handler(),
		ConnContext:       withPeer,
		ReadHeaderTimeout: headerTimeout,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	served := make(chan error, 1)
	go func() { served <- web.Serve(listener) }()
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
	return nil
}

func (s *server) handler() http.Handler {
	mux := http.NewServeMux()
	a := newAPI(mux, s.build.Version)
	s.serveSystem(a)
	s.serveOperations(a)
	s.serveFeed(a)
	s.serveDiskUsage(a)
	s.serveVMs(a)
	s.serveSnapshots(a)
	s.serveLogs(a)
	s.serveImages(a)
	s.serveKernels(a)
	return guard(mux, s.log)
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
