package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"banger/api"
	"banger/client/clienttest"
	"banger/internal/problem"
)

// serve gives a client of a daemon that answers as handler does; the handshake is done.
func serve(t *testing.T, handler http.HandlerFunc) *Client {
	t.Helper()
	d := clienttest.NewDaemon(t)
	d.Handle("/", handler)
	c, err := Dial(t.Context(), Options{Paths: d.Paths})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestErrorsKeepTheDaemonsCodeAndRemedy(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusConflict)
		io.WriteString(w, `{"detail":"the name is taken","code":"taken","remedy":"choose another"}`)
	})
	_, err := c.VM(t.Context(), "web")
	if problem.CodeOf(err) != problem.Taken || err.Error() != "the name is taken" || problem.RemedyOf(err) != "choose another" {
		t.Errorf("got %v, code %s, remedy %q", err, problem.CodeOf(err), problem.RemedyOf(err))
	}
}

func TestAnswersThatAreNone(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		code   problem.Code
	}{
		"an error without a reason": {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "oops", http.StatusInternalServerError) }, problem.Internal},
		"a problem that is none": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusInternalServerError)
			io.WriteString(w, "{")
		}, problem.Internal},
		"a redirect":     {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/v1/status", http.StatusFound) }, problem.Internal},
		"malformed JSON": {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"vms":`) }, problem.Internal},
		"a cut answer": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, `{`)
		}, problem.Unavailable},
		"no answer": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, problem.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := serve(t, c.answer).VMs(t.Context())
			if problem.CodeOf(err) != c.code || strings.Contains(err.Error(), "http://") || strings.Contains(err.Error(), "*") {
				t.Errorf("%v (code %s, want %s)", err, problem.CodeOf(err), c.code)
			}
		})
	}
}

func TestNamesCannotLeadToAnotherPath(t *testing.T) {
	var asked atomic.Value
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r.URL.EscapedPath())
		io.WriteString(w, `{}`)
	})
	for ref, path := range map[string]string{
		"": "", ".": "", "..": "", "web": "/v1/vms/web",
		"a/b": "/v1/vms/a%2Fb", "../images": "/v1/vms/..%2Fimages", "a?force=true": "/v1/vms/a%3Fforce=true", "a b\n": "/v1/vms/a%20b%0A",
	} {
		asked.Store("")
		_, err := c.VM(t.Context(), ref)
		if got := asked.Load(); got != path || (err != nil) != (path == "") {
			t.Errorf("VM(%q) asked for %q, want %q (%v)", ref, got, path, err)
		}
	}
}

func TestQueries(t *testing.T) {
	var asked atomic.Value
	c := serve(t, func(w http.ResponseWriter, r *http.Request) { asked.Store(r.Method + " " + r.RequestURI) })
	for want, do := range map[string]func(context.Context) error{
		"DELETE /v1/vms/web":                                  func(ctx context.Context) error { return c.DeleteVM(ctx, "web", false) },
		"DELETE /v1/vms/web?force=true":                       func(ctx context.Context) error { return c.DeleteVM(ctx, "web", true) },
		"GET /v1/vms/web/logs":                                func(ctx context.Context) error { return logs(ctx, c, LogOptions{Tail: -1}) },
		"GET /v1/vms/web/logs?engine=true&follow=true&tail=0": func(ctx context.Context) error { return logs(ctx, c, LogOptions{Follow: true, Engine: true}) },
		"DELETE /v1/images/debian":                            func(ctx context.Context) error { return c.DeleteImage(ctx, "debian") },
		"DELETE /v1/kernels/cloud":                            func(ctx context.Context) error { return c.DeleteKernel(ctx, "cloud") },
	} {
		if err := do(t.Context()); err != nil || asked.Load() != want {
			t.Errorf("asked for %q, want %q (%v)", asked.Load(), want, err)
		}
	}
}

func logs(ctx context.Context, c *Client, o LogOptions) error {
	log, err := c.Logs(ctx, "web", o)
	if err != nil {
		return err
	}
	return log.Close()
}

const someProgress = "event: progress\ndata: {\"phase\":\"build image x\",\"done\":1,\"total\":2}\n\n"

func TestEvents(t *testing.T) {
	for name, c := range map[string]struct {
		stream string
		code   problem.Code // empty: success
	}{
		"a result":          {someProgress + "event: result\ndata: {\"name\":\"x\"}\n\n", ""},
		"in several lines":  {someProgress + ": alive\n\nevent:result\ndata: {\"name\":\ndata: \"x\"}\nid: 7\n\n", ""},
		"with CRLF":         {strings.ReplaceAll(someProgress+"event: result\ndata: {\"name\":\"x\"}\n\n", "\n", "\r\n"), ""},
		"a newer kind":      {someProgress + "event: news\ndata: ?\n\nevent: result\ndata: {\"name\":\"x\"}\n\n", ""},
		"an error":          {someProgress + "event: error\ndata: {\"code\":\"exhausted\",\"detail\":\"disk full\"}\n\n", problem.Exhausted},
		"no end":            {someProgress, problem.Unavailable},
		"an unfinished end": {someProgress + "event: result\ndata: {\"name\":\"x\"}\n", problem.Unavailable},
		"malformed":         {someProgress + "event: result\ndata: {\n\n", problem.Internal},
	} {
		t.Run(name, func(t *testing.T) {
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Accept") != "text/event-stream" || r.Header.Get("Content-Type") != "application/json" {
					t.Errorf("headers of the request: %v", r.Header)
				}
				w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
				io.WriteString(w, c.stream)
			})
			var seen []api.Progress
			image, err := client.BuildImage(t.Context(), api.BuildImage{Name: "x"}, func(p api.Progress) { seen = append(seen, p) })
			if len(seen) != 1 || seen[0].Phase != "build image x" || seen[0].Total != 2 {
				t.Errorf("progress: %+v", seen)
			}
			if c.code == "" && (err != nil || image.Name != "x") || c.code != "" && problem.CodeOf(err) != c.code {
				t.Errorf("got %+v, %v", image, err)
			}
		})
	}
}

func TestPlainAnswerToALongRequest(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"name":"x"}`) })
	if image, err := c.BuildImage(t.Context(), api.BuildImage{Name: "x"}, nil); err != nil || image.Name != "x" {
		t.Errorf("%+v, %v", image, err)
	}
}

// TestCancelWaitsForTheUndoing: the daemon hears of the end at once, and its last word is waited for.
func TestCancelWaitsForTheUndoing(t *testing.T) {
	var undone atomic.Bool
	begun := make(chan struct{})
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		http.NewResponseController(w).Flush()
		io.Copy(io.Discard, r.Body)
		close(begun)
		<-r.Context().Done()
		undone.Store(true)
		fmt.Fprint(w, "event: error\ndata: {\"code\":\"canceled\",\"detail\":\"context canceled\"}\n\n")
	})
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("Ctrl-C")
	go func() { <-begun; cancel(cause) }()
	_, err := c.CreateVM(ctx, api.CreateVM{}, nil)
	if !errors.Is(err, cause) || !undone.Load() {
		t.Errorf("%v; the daemon has undone its work: %v", err, undone.Load())
	}
}

func TestShortRequestsEndWithTheirContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("Ctrl-C")
	c := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel(cause)
		<-r.Context().Done()
	})
	if _, err := c.VMs(ctx); err != cause {
		t.Errorf("%v, want %v", err, cause)
	}
}

// TestCancelReportsWhatCouldNotBeUndone: another failure than the cancelling itself is not hidden.
func TestCancelReportsWhatCouldNotBeUndone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		cancel()
		<-r.Context().Done()
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, "event: error\ndata: {\"code\":\"internal\",\"detail\":\"a file could not be deleted\"}\n\n")
	})
	if _, err := c.CreateVM(ctx, api.CreateVM{}, nil); err == nil || !strings.Contains(err.Error(), "could not be deleted") {
		t.Errorf("%v", err)
	}
}
