package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"banger/api"
	"banger/internal/paths"
	"banger/internal/problem"
	"banger/internal/process"
	"banger/internal/unixsock"
)

// This test program is also the daemon that it starts: role says how that one behaves.
const role = "BANGER_TEST_DAEMON"

func TestMain(m *testing.M) {
	if how := os.Getenv(role); how != "" {
		os.Exit(actAsDaemon(how))
	}
	os.Exit(m.Run())
}

func actAsDaemon(how string) int {
	ready := os.NewFile(3, "ready")
	switch how {
	case "refuse":
		fmt.Fprintln(ready, `{"code":"damaged","detail":"the database is damaged","remedy":"restore it"}`)
		return 1
	case "crash":
		fmt.Fprintln(os.Stderr, "panic: it crashed")
		return 2
	case "hang":
		select {}
	}
	p, err := paths.Resolve(os.Getenv, os.Getuid())
	if err != nil {
		return 1
	}
	listener, err := unixsock.Listen(p.Socket())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	note, _ := os.OpenFile(filepath.Join(p.State, "started"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	fmt.Fprintln(note, os.Getpid())
	fmt.Fprintln(ready, "ready")
	end, built := make(chan struct{}), modified(os.Args[0])
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/status", func(w http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(w).Encode(api.Status{PID: os.Getpid(), Version: how, Built: built})
	})
	mux.HandleFunc("POST /v1/shutdown", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
		close(end)
	})
	web := http.Server{Handler: mux}
	go web.Serve(listener)
	<-end
	web.Shutdown(context.Background())
	return 0
}

// home gives options for a daemon of this test's own; none runs yet.
func home(t *testing.T, how string) Options {
	t.Helper()
	dir := t.TempDir()
	t.Setenv(role, how)
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	o := Options{
		Paths:   paths.Paths{State: dir + "/state", Cache: dir + "/cache", Runtime: dir + "/run"},
		Version: how, Program: program,
	}
	t.Cleanup(func() {
		if c, err := Dial(context.Background(), o); err == nil {
			defer c.Close()
			if err := c.StopDaemon(context.Background(), false, nil); err != nil {
				t.Errorf("stop the test's daemon: %v", err)
			}
		}
		reap(o)
	})
	return o
}

// reap takes note of the end of daemons, which are children of this process.
func reap(o Options) {
	text, _ := os.ReadFile(filepath.Join(o.Paths.State, "started"))
	for _, word := range strings.Fields(string(text)) {
		pid, _ := strconv.Atoi(word)
		syscall.Wait4(pid, nil, 0, nil)
	}
}

// started lists the pids of every daemon that came up.
func started(t *testing.T, o Options) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(o.Paths.State, "started"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(text))
}

func connect(t *testing.T, o Options) *Client {
	t.Helper()
	c, err := Connect(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestConnectStartsOneDaemonForMany(t *testing.T) {
	o := home(t, "v1")
	var notices sync.Map
	o.Notice = func(text string) { notices.Store(text, true) }
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			c, err := Connect(t.Context(), o)
			if err != nil {
				t.Error(err)
				return
			}
			c.Close()
		})
	}
	all.Wait()
	if pids := started(t, o); len(pids) != 1 {
		t.Errorf("%d daemons were started", len(pids))
	}
	if _, ok := notices.Load("starting the daemon"); !ok {
		t.Error("nobody was told that a daemon is being started")
	}
}

func TestDaemonOutlivesItsClientAndEndsWhenTold(t *testing.T) {
	c := connect(t, home(t, "v1"))
	id, err := process.Of(c.Status().PID)
	if err != nil {
		t.Fatal(err)
	}
	session, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", id.PID))
	if err != nil {
		t.Fatal(err)
	}
	if fields := strings.Fields(string(session)); fields[5] != fields[0] {
		t.Errorf("it is in session %s, not in one of its own", fields[5])
	}
	if dir, _ := os.Readlink(fmt.Sprintf("/proc/%d/cwd", id.PID)); dir != "/" {
		t.Errorf("its current folder is %s, which could not be unmounted", dir)
	}
	if err := c.StopDaemon(t.Context(), false, nil); err != nil {
		t.Fatal(err)
	}
	if id.Alive() {
		t.Error("StopDaemon returned before the daemon had ended")
	}
	if _, err := c.VMs(t.Context()); !IsNoDaemon(err) {
		t.Errorf("a request without a daemon: %v", err)
	}
}

func TestOlderDaemonIsReplaced(t *testing.T) {
	o := home(t, "v1")
	content, err := os.ReadFile(o.Program)
	if err != nil {
		t.Fatal(err)
	}
	o.Program = filepath.Join(t.TempDir(), "bangerd")
	if err := os.WriteFile(o.Program, content, 0o700); err != nil {
		t.Fatal(err)
	}
	at := func(when time.Time) {
		if err := os.Chtimes(o.Program, when, when); err != nil {
			t.Fatal(err)
		}
	}
	begin := time.Now().Add(-time.Hour)
	at(begin)
	first := connect(t, o).Status().PID
	for _, c := range []struct {
		name     string
		when     time.Time
		version  string
		replaced bool
	}{
		{"same program", begin, "v1", false},
		{"program older than the daemon", begin.Add(-time.Minute), "v2", false},
		{"newer program", begin.Add(time.Minute), "v1", true},
		{"no time of its own, another version", begin.Add(time.Minute), "v2", true},
	} {
		at(c.when)
		o.Version = c.version
		t.Setenv(role, c.version)
		now := connect(t, o).Status().PID
		if (now != first) != c.replaced {
			t.Errorf("%s: pid %d, was %d; want it replaced: %v", c.name, now, first, c.replaced)
		}
		first = now
	}
}

func TestFailureToStartIsExplained(t *testing.T) {
	for how, want := range map[string]struct {
		code   problem.Code
		words  []string
		remedy string
	}{
		"refuse": {problem.Damaged, []string{"start the daemon", "the database is damaged"}, "restore it"},
		"crash":  {problem.Unavailable, []string{"start the daemon", "panic: it crashed"}, "banger doctor"},
	} {
		t.Run(how, func(t *testing.T) {
			_, err := Connect(t.Context(), home(t, how))
			if problem.CodeOf(err) != want.code || !strings.Contains(problem.RemedyOf(err), want.remedy) {
				t.Errorf("%v (code %s, remedy %q)", err, problem.CodeOf(err), problem.RemedyOf(err))
			}
			for _, word := range want.words {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("%v: it does not say %q", err, word)
				}
			}
			if strings.Contains(err.Error(), "exit status") {
				t.Errorf("%v: an exit status tells nobody anything", err)
			}
		})
	}
}

func TestStartCanBeCancelled(t *testing.T) {
	o := home(t, "hang")
	ctx, cancel := context.WithCancel(t.Context())
	o.Notice = func(string) { time.AfterFunc(50*time.Millisecond, cancel) }
	if _, err := Connect(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

func TestWithoutAProgram(t *testing.T) {
	o := home(t, "v1")
	o.Program = ""
	_, err := Connect(t.Context(), o)
	if problem.CodeOf(err) != problem.Unavailable || !strings.Contains(err.Error(), "bangerd") {
		t.Errorf("%v", err)
	}
}

func TestDialStartsNothing(t *testing.T) {
	o := home(t, "v1")
	if _, err := Dial(t.Context(), o); !IsNoDaemon(err) || problem.RemedyOf(err) == "" {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(o.Paths.State); err == nil {
		t.Error("asking made the state folder")
	}
}

// A daemon that is killed while it is greeted is none, and another one is started.
func TestADyingDaemonIsNone(t *testing.T) {
	o := home(t, "v1")
	if err := os.MkdirAll(o.Paths.Runtime, 0o700); err != nil {
		t.Fatal(err)
	}
	dying, err := net.Listen("unix", o.Paths.Socket())
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		conn, err := dying.Accept()
		if err == nil {
			dying.Close() // and with it its socket
			conn.Close()
		}
	}()
	connect(t, o)
	if n := len(started(t, o)); n != 1 {
		t.Errorf("%d daemons were started", n)
	}
}
