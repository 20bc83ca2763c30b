package clienttest

import (
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"banger/api"
	"banger/internal/paths"
	"banger/internal/unixsock"
)

// Daemon is a daemon that answers what a test tells it to.
type Daemon struct {
	Paths paths.Paths
	DNS   api.DNS // what its status says of that; to be set before it is asked
	mux   *http.ServeMux
	web   *http.Server
}

// NewDaemon gives a daemon in folders of its own that answers the handshake and nothing else. It
// ends with the test.
func NewDaemon(t *testing.T) *Daemon {
	t.Helper()
	d := &Daemon{Paths: paths.Paths{State: t.TempDir(), Cache: t.TempDir(), Runtime: t.TempDir()}, mux: http.NewServeMux()}
	listener, err := unixsock.Listen(d.Paths.Socket())
	if err != nil {
		t.Fatal(err)
	}
	d.web = &http.Server{Handler: d.mux}
	go d.web.Serve(listener)
	t.Cleanup(d.Close)
	d.Handle("GET /v1/status", func(w http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(w).Encode(api.Status{PID: 4711, Version: "1.2.3", Engine: "emulated", Socket: d.Paths.Socket(), DNS: d.DNS})
	})
	return d
}

// Close ends the daemon: nobody listens any more.
func (d *Daemon) Close() { d.web.Close() }

// Handle has requests that fit the pattern of http.ServeMux answered by handler.
func (d *Daemon) Handle(pattern string, handler http.HandlerFunc) { d.mux.HandleFunc(pattern, handler) }

// Answer has requests that fit the pattern answered with v as JSON.
func (d *Daemon) Answer(pattern string, v any) {
	d.Handle(pattern, func(w http.ResponseWriter, _ *http.Request) { json.NewEncoder(w).Encode(v) })
}

// Refuse has requests that fit the pattern answered with a problem.
func (d *Daemon) Refuse(pattern string, p api.Problem) {
	d.Handle(pattern, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusConflict)
		json.NewEncoder(w).Encode(p)
	})
}

// Send has requests that fit the pattern answered with server-sent events, as they stand in stream.
func (d *Daemon) Send(pattern, stream string) {
	d.Handle(pattern, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
		io.WriteString(w, stream)
	})
}
