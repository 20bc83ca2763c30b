package daemon

import (
	"net/http"
	"strconv"
	"strings"
)

// counted counts the requests that handler answers, by the patterns of mux.
func (m *metrics) counted(mux *http.ServeMux, handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// What the mux does not know comes together: clients could make up any number of paths and methods.
		method, route := "other", "other"
		if _, pattern := mux.Handler(r); pattern != "" {
			method, route, _ = strings.Cut(pattern, " ")
		}
		seen := &statusSeen{ResponseWriter: w, status: http.StatusOK}
		defer func() { m.requests.WithLabelValues(route, method, strconv.Itoa(seen.status)).Inc() }()
		handler.ServeHTTP(seen, r)
	})
}

// statusSeen notes the status of an answer.
type statusSeen struct {
	http.ResponseWriter
	status int
	sent   bool
}

// WriteHeader satisfies http.ResponseWriter.
func (s *statusSeen) WriteHeader(status int) {
	if !s.sent {
		s.status, s.sent = status, status >= http.StatusOK || status == http.StatusSwitchingProtocols
	}
	s.ResponseWriter.WriteHeader(status)
}

// Write satisfies http.ResponseWriter.
func (s *statusSeen) Write(p []byte) (int, error) {
	s.sent = true
	return s.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (s *statusSeen) Unwrap() http.ResponseWriter { return s.ResponseWriter }
