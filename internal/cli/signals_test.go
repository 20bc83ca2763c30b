package cli

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"banger/internal/guestlink"
)

// sayer lets a test wait for what a command says.
type sayer struct {
	w    bytes.Buffer
	said chan string
}

func (s *sayer) Write(p []byte) (int, error) {
	s.said <- string(p)
	return s.w.Write(p)
}

// TestSignalsGoToTheGuest: the command decides how it ends.
func TestSignalsGoToTheGuest(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1} {
		w := newWorld(t)
		w.offer(t, listens(t, func(conn net.Conn) {
			buf := make([]byte, guestlink.MaxFrame)
			for {
				kind, payload, err := guestlink.ReadFrame(conn, buf)
				if err != nil {
					t.Error("the signal did not arrive")
					return
				}
				if kind == guestlink.FrameSignal && syscall.Signal(payload[0]) == sig {
					guestlink.WriteFrame(conn, guestlink.FrameExit, []byte(`{"code":7}`))
					return
				}
			}
		}))
		out := &sayer{said: make(chan string, 1)}
		w.stdout = out
		go func() { <-out.said; syscall.Kill(syscall.Getpid(), sig) }()
		w.run("run", "--rm", "--", "x").want(t, 7, "")
	}
}

// TestSecondInterruptStopsWaiting: also for a guest that does not answer; --rm deletes all the same.
func TestSecondInterruptStopsWaiting(t *testing.T) {
	w := newWorld(t)
	arrived := make(chan bool, 1)
	_, deleted := w.offer(t, listens(t, func(conn net.Conn) {
		buf := make([]byte, guestlink.MaxFrame)
		for {
			kind, _, err := guestlink.ReadFrame(conn, buf)
			if err != nil {
				return
			}
			if kind == guestlink.FrameSignal {
				arrived <- true
			}
		}
	}))
	out := &sayer{said: make(chan string, 1)}
	w.stdout = out
	go func() {
		<-out.said
		syscall.Kill(syscall.Getpid(), syscall.SIGINT)
		<-arrived
		syscall.Kill(syscall.Getpid(), syscall.SIGINT)
	}()
	w.run("run", "--rm", "--", "x").want(t, 130, "", "interrupted")
	if deleted.Load() == "" {
		t.Error("--rm left the VM")
	}
}

// TestInterruptBeforeTheCommand ends what the daemon does; run gives 128+N, others 1.
func TestInterruptBeforeTheCommand(t *testing.T) {
	for line, status := range map[string]int{"run -- x": 130, "vm create": 1} {
		w := newWorld(t)
		undone := false
		w.daemon.Handle("POST /v1/vms", func(rw http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			syscall.Kill(syscall.Getpid(), syscall.SIGINT)
			<-r.Context().Done()
			undone = true
			rw.Header().Set("Content-Type", "text/event-stream")
			io.WriteString(rw, event("error", `{"code":"canceled","detail":"context canceled"}`))
		})
		w.run(strings.Fields(line)...).want(t, status, "", "banger: interrupted\n")
		if !undone {
			t.Errorf("%s: the daemon did not hear of it", line)
		}
	}
}

func TestWhichInterruptIsForwarded(t *testing.T) {
	var s signals
	if s.pass(syscall.SIGINT) {
		t.Error("passed on without a guest")
	}
	received, end := s.toGuest()
	if !s.pass(syscall.SIGINT) || !s.pass(syscall.SIGTERM) {
		t.Error("the first was not passed on")
	}
	if s.pass(syscall.SIGINT) {
		t.Error("the second within two seconds was passed on")
	}
	s.last = time.Now().Add(-impatience)
	if !s.pass(syscall.SIGINT) {
		t.Error("a later one was not passed on")
	}
	if got := len(received); got != 3 {
		t.Errorf("%d were received, want 3", got)
	}
	for range cap(received) {
		s.pass(syscall.SIGTERM) // a guest that takes none
	}
	s.last = time.Time{}
	if s.pass(syscall.SIGINT) {
		t.Error("with a guest that takes no signals, Ctrl-C must end the waiting")
	}
	end()
	if s.pass(syscall.SIGTERM) {
		t.Error("passed on after the command's end")
	}
}

// TestFollowingLogsEndsByInterrupt: that is how it is ended, so it is no failure.
func TestFollowingLogsEndsByInterrupt(t *testing.T) {
	w := newWorld(t)
	w.daemon.Handle("GET /v1/vms/{ref}/logs", func(rw http.ResponseWriter, r *http.Request) {
		io.WriteString(rw, "a line\n")
		http.NewResponseController(rw).Flush()
		<-r.Context().Done()
	})
	out := &sayer{said: make(chan string, 1)}
	w.stdout = out
	go func() { <-out.said; syscall.Kill(syscall.Getpid(), syscall.SIGINT) }()
	w.run("vm", "logs", "-f", "web").want(t, 0, "")
	if out.w.String() != "a line\n" {
		t.Errorf("printed %q", &out.w)
	}
}
