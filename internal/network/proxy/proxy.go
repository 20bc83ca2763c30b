package proxy

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"strings"
	"time"

	"banger/internal/problem"
)

const (
	// maxAnswerHeader is more than browsers take.
	maxAnswerHeader = 256 << 10
	// idleGuest is how long a connection to a guest is kept for the next request, which then goes to the same port, though another
	// one may have become the web port meanwhile.
	idleGuest = 5 * time.Second
	// idlePerGuest is what a browser uses for one host.
	idlePerGuest = 6
)

// Config is what a proxy has to do with the rest of the house.
type Config struct {
	// Find gives the id of the VM that has exactly this name and runs. A problem.NotFound says that none has it, a
	// problem.Conflict that it does not run.
	Find func(ctx context.Context, name string) (id string, err error)
	// Dial connects to the port of a guest that browsers want, and to nothing else. Its errors are shown to the user.
	Dial func(ctx context.Context, id string) (net.Conn, error)
	// Admit says whether a client may connect. Nil lets everybody who reaches the listener.
	Admit func(client net.Conn) bool
	Log   *slog.Logger
}

// handler answers what comes to the listener.
type handler struct {
	find   func(ctx context.Context, name string) (id string, err error)
	guests *httputil.ReverseProxy
	close  func() // once no request is under way
}

// newHandler makes one for an http.Server on TCP, whose port is part of what Host may be.
func newHandler(c Config) handler {
	t := transport(c.Dial)
	return handler{find: c.Find, close: t.CloseIdleConnections, guests: &httputil.ReverseProxy{
		Rewrite: toGuest, Transport: t, ErrorHandler: guestFailed,
		FlushInterval: -1, // events must not wait for the next one
		ErrorLog:      slog.NewLogLogger(c.Log.Handler(), slog.LevelDebug),
	}}
}

// transport takes the id of a VM for its host.
func transport(dial func(context.Context, string) (net.Conn, error)) *http.Transport {
	return &http.Transport{
		DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
			id, _, _ := strings.Cut(address, ":")
			return dial(ctx, id)
		},
		DisableCompression:     true, // what the browser asks for is passed on
		MaxResponseHeaderBytes: maxAnswerHeader,
		MaxIdleConnsPerHost:    idlePerGuest,
		IdleConnTimeout:        idleGuest,
		ExpectContinueTimeout:  time.Second,
	}
}

type idKey struct{}

// ServeHTTP satisfies http.Handler.
func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, ok := vmName(r)
	if !ok {
		misdirected(w, r)
		return
	}
	if foreign(r) {
		say(w, http.StatusForbidden, problem.New(problem.Invalid, "a page of another origin may not do this to VM %.64q", name).
			WithRemedy("open http://%s and begin there", r.Host))
		return
	}
	id, err := h.find(r.Context(), name)
	switch problem.CodeOf(err) {
	case problem.NotFound:
		misdirected(w, r)
		return
	case problem.Conflict:
		say(w, http.StatusServiceUnavailable, err)
		return
	}
	if err != nil {
		say(w, http.StatusInternalServerError, err)
		return
	}
	h.guests.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), idKey{}, id)))
}

// toGuest addresses a request to the guest. Its Host stays as the client sent it.
func toGuest(r *httputil.ProxyRequest) {
	id, _ := r.In.Context().Value(idKey{}).(string)
	r.Out.URL.Scheme, r.Out.URL.Host = "http", id
	r.Out.URL.RawQuery = r.In.URL.RawQuery // untidy ones, too: nothing was decided by it
	r.SetXForwarded()
}
