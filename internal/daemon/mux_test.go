package daemon

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"banger/internal/problem"
)

// guarded serves one path that panics and one that is fine.
func guarded(log *bytes.Buffer) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /panic", func(http.ResponseWriter, *http.Request) { panic("the fault of this test") })
	mux.HandleFunc("GET /fine", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "fine") })
	return guard(mux, slog.New(slog.NewTextHandler(log, nil)))
}

func TestHandlerThatPanics(t *testing.T) {
	var log bytes.Buffer
	w := httptest.NewRecorder()
	guarded(&log).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/panic", nil))
	wantProblem(t, w.Result(), w.Body.String(), 500, problem.Internal)
	if strings.Contains(w.Body.String(), "fault") || !strings.Contains(log.String(), "the fault of this test") {
		t.Errorf("answer %s, log %s: want the fault in the log alone", w.Body, log.String())
	}
}

func TestStrangersAreRefused(t *testing.T) {
	denied := problem.New(problem.Invalid, "user 1 may not use a socket of user 2").WithRemedy("be user 2")
	for _, err := range []error{nil, denied} {
		r := httptest.NewRequest(http.MethodGet, "/fine", nil)
		r = r.WithContext(context.WithValue(r.Context(), peerKey{}, err))
		w := httptest.NewRecorder()
		guarded(&bytes.Buffer{}).ServeHTTP(w, r)
		if err == nil {
			if w.Body.String() != "fine" {
				t.Errorf("allowed: %s", w.Body)
			}
			continue
		}
		wantProblem(t, w.Result(), w.Body.String(), http.StatusForbidden, problem.Invalid)
	}
}

func TestRefuse(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		status int
		code   problem.Code
	}{
		"plain":          {errors.New("x"), 500, problem.Internal},
		"problem":        {fmt.Errorf("a: %w", problem.New(problem.Taken, "b")), 409, problem.Taken},
		"canceled":       {fmt.Errorf("a: %w", context.Canceled), 499, problem.Canceled},
		"late":           {fmt.Errorf("a: %w", context.DeadlineExceeded), 504, problem.Timeout},
		"problem, ended": {problem.New(problem.GuestFailed, "%w", context.Canceled), 502, problem.GuestFailed},
	} {
		r := refuse(c.err)
		if r.Status != c.status || r.Code != string(c.code) || r.Title == "" || r.Detail != c.err.Error() {
			t.Errorf("%s: %+v, want %d and %s", name, r.Problem, c.status, c.code)
		}
	}
	for _, code := range []problem.Code{
		problem.Invalid, problem.NotFound, problem.Ambiguous, problem.Taken, problem.Conflict, problem.Unavailable,
		problem.Exhausted, problem.Damaged, problem.GuestFailed, problem.Timeout, problem.Canceled, problem.Internal,
	} {
		if statuses[code] < 400 {
			t.Errorf("code %s has no status", code)
		}
	}
}

// An endless answer without a body would have the next request of its connection wait for ever.
func TestHeadIsRefused(t *testing.T) {
	i := start(t, testOptions(testPaths(t)))
	for _, path := range []string{"/v1/events", "/v1/vms", "/metrics"} {
		if resp, text := i.call(http.MethodHead, path, nil); resp.StatusCode != http.StatusMethodNotAllowed || text != "" {
			t.Errorf("HEAD %s: %s %s", path, resp.Status, text)
		}
	}
}
