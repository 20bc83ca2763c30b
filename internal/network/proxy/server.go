package proxy

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/net/netutil"

	"banger/internal/network/relay"
)

// Bounds of clients.
const (
	maxClients    = 256 // at once; further ones wait to be accepted
	maxHeader     = 64 << 10
	headerTimeout = 10 * time.Second
	idleTimeout   = 30 * time.Second // between two requests
)

// Server is a proxy at work.
type Server struct {
	web    http.Server
	cancel context.CancelFunc
	guests handler

	mu    sync.Mutex
	ended bool
	work  sync.WaitGroup // requests, upgraded connections, and the loop that accepts
}

// Serve begins to serve on a TCP listener, which it closes in the end.
func Serve(l net.Listener, c Config) *Server {
	life, cancel := context.WithCancel(context.Background())
	s := &Server{cancel: cancel, guests: newHandler(c)}
	s.web = http.Server{
		Handler:     http.HandlerFunc(s.serve),
		BaseContext: func(net.Listener) context.Context { return life },

		MaxHeaderBytes: maxHeader, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout,
		DisableGeneralOptionsHandler: true, // no request is answered before its Host was looked at
		ErrorLog:                     slog.NewLogLogger(c.Log.Handler(), slog.LevelWarn),
	}
	places := netutil.LimitListener(admitting{l, c}, maxClients)
	s.work.Go(func() {
		if err := s.web.Serve(places); !errors.Is(err, http.ErrServerClosed) {
			c.Log.Error("the proxy for browsers ends", slog.Any("error", err))
		}
	})
	return s
}

// Close cuts all connections and returns when nothing of the proxy is at work any more.
func (s *Server) Close() {
	s.mu.Lock()
	s.ended = true
	s.mu.Unlock()
	s.cancel()
	s.web.Close()
	s.work.Wait()
	s.guests.close()
}

// serve counts a request in: Close must wait for those, too, whose connection http.Server has given away.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	if s.ended {
		s.mu.Unlock()
		panic(http.ErrAbortHandler)
	}
	s.work.Add(1)
	s.mu.Unlock()
	defer s.work.Done()
	s.guests.ServeHTTP(w, r)
}

// admitting resets clients that may not connect, so that they take nobody's place.
type admitting struct {
	net.Listener
	config Config
}

// Accept satisfies net.Listener.
func (a admitting) Accept() (net.Conn, error) {
	for {
		conn, err := a.Listener.Accept()
		if err != nil || a.config.Admit == nil || a.config.Admit(conn) {
			return conn, err
		}
		a.config.Log.Debug("the proxy refuses a client that is another user's, or of whom that cannot be told",
			slog.String("client", conn.RemoteAddr().String()))
		relay.Host(conn).Reset()
	}
}
