package agent_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"banger/internal/agent"
	"banger/internal/guestlink"
)

func TestOutputAndStatus(t *testing.T) {
	var out, errOut bytes.Buffer
	exit, err := start(t).run(t, sh("printf 'a\\000b'; printf c >&2; exit 42"), guestlink.IO{Stdout: &out, Stderr: &errOut})
	if err != nil || exit != (guestlink.Exit{Code: 42}) || out.String() != "a\x00b" || errOut.String() != "c" {
		t.Errorf("got %+v, %v, %q, %q", exit, err, &out, &errOut)
	}
}

func TestArgumentsArePassedAsTheyAre(t *testing.T) {
	x := guestlink.Exec{Args: []string{"printf", "%s|", "a b", "", "$HOME", "ü\n", "'\""}}
	if got := start(t).output(t, x, nil); got != "a b||$HOME|ü\n|'\"|" {
		t.Errorf("got %q", got)
	}
}

func TestInputIsReturnedByteForByte(t *testing.T) {
	in := make([]byte, 5<<20+3)
	rand.Read(in)
	if got := start(t).output(t, guestlink.Exec{Args: []string{"cat"}}, bytes.NewReader(in)); got != string(in) {
		t.Errorf("%d bytes came back of %d", len(got), len(in))
	}
}

func TestWithoutInputTheCommandReadsItsEnd(t *testing.T) {
	if got := start(t).output(t, sh("cat; echo done"), nil); got != "done\n" {
		t.Errorf("got %q", got)
	}
}

// endless is input without end; it blocks nobody.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestInputThatNobodyWants(t *testing.T) {
	g := start(t)
	for _, script := range []string{"head -c 1 >/dev/null", "exec <&-; echo on >/dev/null", "true"} {
		if exit, err := g.run(t, sh(script), guestlink.IO{Stdin: endless{}}); err != nil || exit.Status() != 0 {
			t.Errorf("%s: got %+v, %v", script, exit, err)
		}
	}
}

// limited takes so many bytes and then blocks until it is released.
type limited struct {
	left    int
	full    chan struct{}
	release chan struct{}
}

func (l *limited) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		close(l.full)
		<-l.release
		return 0, errors.New("released")
	}
	return len(p), nil
}

func TestEndlessOutputWaitsForItsReader(t *testing.T) {
	g := start(t)
	out := &limited{left: 3 << 20, full: make(chan struct{}), release: make(chan struct{})}
	result := make(chan error, 1)
	go func() {
		_, err := g.run(t, guestlink.Exec{Args: []string{"yes", "mark-endless"}, Env: []string{thisRun}}, guestlink.IO{Stdout: out})
		result <- err
	}()
	<-out.full
	if got := g.output(t, sh("echo still here"), nil); got != "still here\n" {
		t.Errorf("beside a stuck command: %q", got)
	}
	close(out.release)
	if err := <-result; err == nil {
		t.Error("the failed write of output was not reported")
	}
	eventually(t, "the command to end", func() bool { return !alive("mark-endless") })
	eventually(t, "the agent to be done with it", func() bool { return g.execs(t) == 0 })
}

func TestSignals(t *testing.T) {
	g := start(t)
	for _, tc := range []struct {
		script string
		signal syscall.Signal
		want   guestlink.Exit
	}{
		{"echo up; sleep 100", syscall.SIGTERM, guestlink.Exit{Signal: 15}},
		{"echo up; sleep 100", syscall.SIGKILL, guestlink.Exit{Signal: 9}},
		{"trap 'exit 7' INT; echo up; while :; do sleep 0.05; done", syscall.SIGINT, guestlink.Exit{Code: 7}},
		// tail, since dash loses a SIGINT that comes while it starts a child
		{"tail -n 1 -f /etc/passwd; exit 9", syscall.SIGINT, guestlink.Exit{Signal: 2}},
		{"trap '' USR1; echo up; read x", 0, guestlink.Exit{Code: 1}},
	} {
		signals := make(chan syscall.Signal, 1)
		out := writer(func([]byte) { signals <- tc.signal })
		stdin, w := io.Pipe()
		if tc.signal == 0 { // no signal at all: ignored, and input ends
			w.Close()
		}
		exit, err := g.run(t, sh(tc.script), guestlink.IO{Stdin: stdin, Stdout: out, Signals: signals})
		if err != nil || exit != tc.want {
			t.Errorf("%v to %q: got %+v, %v", tc.signal, tc.script, exit, err)
		}
		w.Close()
	}
}

// writer calls itself with what is written.
type writer func([]byte)

func (w writer) Write(p []byte) (int, error) { w(p); return len(p), nil }

func TestTheSessionEndsWithTheClient(t *testing.T) {
	g, farewell := start(t), t.TempDir()+"/farewell"
	for name, script := range map[string]string{
		"plain":      "echo up; exec sleep 3001",
		"ignores":    "trap '' HUP; echo up; sleep 3001; sleep 3001",
		"background": "timeout 3001 sh -c 'trap \"\" HUP; echo up; sleep 3001; sleep 3001' & wait", // a group of its own
		"stopped":    "trap 'echo bye >" + farewell + "; exit' HUP; echo up; kill -STOP $$; sleep 3001",
	} {
		ctx, cancel := context.WithCancel(t.Context())
		stream, err := g.Open(ctx)
		if err != nil {
			t.Fatal(err)
		}
		_, err = guestlink.RunExec(ctx, stream, sh(script), guestlink.IO{Stdout: writer(func([]byte) { cancel() })})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v", name, err)
		}
		eventually(t, name+" to end", func() bool { return !alive("3001") })
	}
	if text, err := os.ReadFile(farewell); err != nil || string(text) != "bye\n" {
		t.Errorf("the stopped one was not continued: %q, %v", text, err)
	}
}

func TestTimeLimit(t *testing.T) {
	g := start(t)
	for script, want := range map[string]guestlink.Exit{
		"sleep 3002":                               {Signal: 15, TimedOut: true},
		"trap '' TERM; sleep 3002; sleep 3002":     {Signal: 9, TimedOut: true},
		"trap 'exit 3' TERM; sleep 3002 & wait; :": {Code: 3, TimedOut: true},
		"exit 4": {Code: 4},
	} {
		x := sh(script)
		x.TimeoutMillis = 300
		if want.Code == 4 {
			x.TimeoutMillis = patience.Milliseconds()
		}
		if exit, err := g.run(t, x, guestlink.IO{}); err != nil || exit != want {
			t.Errorf("%s: got %+v, %v", script, exit, err)
		}
	}
	eventually(t, "what was left to end", func() bool { return !alive("3002") })
}

// A process left behind holds the output open: the command's own output is whole, and it returns.
func TestBackgroundProcessDoesNotHoldTheExit(t *testing.T) {
	g := start(t)
	x := sh("sleep 3003 & echo $!; head -c 200000 /dev/zero")
	got := g.output(t, x, nil)
	pid, zeros, _ := strings.Cut(got, "\n")
	if len(zeros) != 200_000 {
		t.Errorf("got %d bytes", len(zeros))
	}
	if !alive("3003") {
		t.Error("the background process was ended")
	}
	g.output(t, sh("kill "+pid), nil)
	eventually(t, "it to end", func() bool { return !alive("3003") })
}

// All that the command wrote arrives also when the client comes for it late.
func TestSlowClientGetsAllOutput(t *testing.T) {
	const size = 1_300_000 // more than the stream's window, less than that and a pipe
	g := start(t)
	full, release := make(chan struct{}), make(chan struct{})
	var got bytes.Buffer
	result := make(chan error, 1)
	go func() {
		x := sh(fmt.Sprintf("sleep 3009 & head -c %d /dev/zero", size))
		_, err := g.run(t, x, guestlink.IO{Stdout: writer(func(p []byte) {
			if got.Len() == 0 {
				close(full)
				<-release
			}
			got.Write(p)
		})})
		result <- err
	}()
	<-full
	eventually(t, "the command to end", func() bool { return !alive(fmt.Sprint(size)) })
	time.Sleep(2 * agent.OutputGrace)
	close(release)
	if err := <-result; err != nil || got.Len() != size {
		t.Errorf("got %d bytes of %d, %v", got.Len(), size, err)
	}
	g.output(t, sh("kill $(pgrep -f '[s]leep 3009')"), nil)
}

// The same with a writer that never pauses.
func TestNoisyBackgroundProcessDoesNotHoldTheExit(t *testing.T) {
	g := start(t)
	g.output(t, sh("yes mark-noisy &"), nil)
	eventually(t, "SIGPIPE to end it", func() bool { return !alive("mark-noisy") })
}

func TestDetached(t *testing.T) {
	g := start(t)
	x := sh("echo from afar; echo and err >&2; exec sleep 3004")
	x.Detach = true
	if exit, err := g.run(t, x, guestlink.IO{}); err != nil || exit.Status() != 0 {
		t.Fatalf("got %+v, %v", exit, err)
	}
	buf := make([]byte, len("from afar\nand err\n"))
	if _, err := io.ReadFull(g.Console, buf); err != nil || string(buf) != "from afar\nand err\n" {
		t.Errorf("the console says %q, %v", buf, err)
	}
	if err := g.Session.Close(); err != nil {
		t.Fatal(err)
	}
	var err error
	if g.Session, err = guestlink.Reconnect(t.Context(), g.Conn); err != nil {
		t.Fatal(err)
	}
	if n := g.execs(t); n != 1 || !alive("3004") {
		t.Errorf("after a new session %d commands run", n)
	}
	g.output(t, sh("kill $(pgrep -f '[s]leep 3004')"), nil)
}

func TestThreeHundredAtOnce(t *testing.T) {
	g := start(t)
	var all sync.WaitGroup
	for i := range 300 {
		all.Go(func() {
			var out bytes.Buffer
			x := sh(fmt.Sprintf("read x; echo $x; exit %d", i%200))
			exit, err := g.run(t, x, guestlink.IO{Stdin: strings.NewReader(fmt.Sprintf("line %d\n", i)), Stdout: &out})
			if err != nil || exit.Status() != i%200 || out.String() != fmt.Sprintf("line %d\n", i) {
				t.Errorf("number %d: got %+v, %v, %q", i, exit, err, &out)
			}
		})
	}
	all.Wait()
}

func TestOrphansAreReaped(t *testing.T) {
	g := start(t)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if exit, err := g.run(t, sh("(sleep 0.01 & sleep 0.02 & true) & exit 5"), guestlink.IO{}); err != nil || exit.Code != 5 {
				t.Errorf("got %+v, %v", exit, err)
			}
		})
	}
	all.Wait()
	eventually(t, "no child to be left", func() bool {
		return g.output(t, sh(fmt.Sprintf("pgrep -c -P %d", g.PID)), nil) == "1\n" // pgrep's own shell
	})
}
