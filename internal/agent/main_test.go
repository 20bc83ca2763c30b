package agent

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"banger/internal/guestlink"
)

// The agent reaps every child of its process, so each test gives it a process of its own: this test program
// again, with the guest link as descriptor 3 and the console as 4.
const agentProcess = "BANGER_TEST_AGENT"

func TestMain(m *testing.M) {
	if os.Getenv(agentProcess) != "" {
		// As in a guest, where nothing is ignored: a shell starts what it puts into the
		// background with SIGINT ignored, and commands would inherit that.
		signal.Notify(make(chan os.Signal, 1), syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP)
		if err := serveLink(); !errors.Is(err, io.EOF) {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func serveLink() error {
	conn, err := net.FileConn(os.NewFile(3, "link"))
	if err != nil {
		return err
	}
	a, err := New(process1{os.NewFile(4, "console")}, "test")
	if err != nil {
		return err
	}
	return a.Serve(context.Background(), conn)
}

// process1 is a System without a machine.
type process1 struct{ console *os.File }

func (process1) Identity() (string, string)          { return "boot", "release" }
func (process1) Ready() error                        { return nil }
func (process1) Configure(guestlink.Configure) error { return nil }
func (process1) Info(info *guestlink.Info) error     { info.MemTotal = 1; return nil }
func (process1) Sync() error                         { return nil }
func (process1) Mark() error                         { return nil }
func (process1) Examine(guestlink.Configure) []guestlink.Check {
	return []guestlink.Check{{Name: "disks", Failure: "there are none"}}
}
func (process1) PowerOff()           { os.Exit(42) }
func (p process1) Console() *os.File { return p.console }

// guest is a running agent, as the host sees it.
type guest struct {
	*guestlink.Session
	conn    net.Conn
	console *os.File // what detached commands write
	exit    <-chan int
	pid     int
}

// start starts an agent for the length of the test.
func start(t testing.TB) *guest {
	t.Helper()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := os.NewFile(uintptr(fds[0]), "link"), os.NewFile(uintptr(fds[1]), "link")
	consoleOut, consoleIn, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), agentProcess+"=1")
	cmd.ExtraFiles = []*os.File{theirs, consoleIn}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	theirs.Close()
	consoleIn.Close()
	exit := make(chan int, 1)
	go func() {
		cmd.Wait()
		exit <- cmd.ProcessState.ExitCode()
	}()
	conn, err := net.FileConn(ours)
	ours.Close()
	if err != nil {
		t.Fatal(err)
	}
	g := &guest{conn: conn, console: consoleOut, exit: exit, pid: cmd.Process.Pid}
	t.Cleanup(func() {
		conn.Close()
		consoleOut.Close()
		cmd.Process.Kill() // its commands have been hung up or the test has ended them
	})
	if g.Session, err = guestlink.Connect(t.Context(), conn); err != nil {
		t.Fatal(err)
	}
	return g
}

// run runs a command to its end.
func (g *guest) run(t testing.TB, x guestlink.Exec, with guestlink.IO) (guestlink.Exit, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	stream, err := g.Open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return guestlink.RunExec(ctx, stream, x, with)
}

// output runs a command that must succeed and returns what it wrote.
func (g *guest) output(t testing.TB, x guestlink.Exec, stdin io.Reader) string {
	t.Helper()
	var out, errOut bytes.Buffer
	exit, err := g.run(t, x, guestlink.IO{Stdin: stdin, Stdout: &out, Stderr: &errOut})
	if err != nil || exit.Status() != 0 {
		t.Errorf("%q: %+v, %v, %s", x.Args, exit, err, &errOut)
	}
	return out.String()
}

// execs is how many commands the agent says it has.
func (g *guest) execs(t testing.TB) int {
	t.Helper()
	resp, err := g.Call(t.Context(), guestlink.Request{Op: guestlink.OpInfo})
	if err != nil {
		t.Fatal(err)
	}
	return resp.Info.Execs
}

// thisRun marks the processes of this run of the tests by their environment: another
// run beside it, or what a killed one left, must not be taken for them.
var thisRun = fmt.Sprintf("BANGER_TEST_RUN=%d", os.Getpid())

func sh(script string) guestlink.Exec {
	return guestlink.Exec{Args: []string{"sh", "-c", script}, Env: []string{thisRun}}
}

// eventually waits until check is true.
func eventually(t testing.TB, what string, check func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !check(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited %v for %s", patience, what)
		}
	}
}

// alive reports whether a process of this run lives whose arguments hold the word mark.
func alive(mark string) bool {
	for _, s := range processes() {
		args, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", s.pid))
		environ, _ := os.ReadFile(fmt.Sprintf("/proc/%d/environ", s.pid))
		if bytes.Contains(args, []byte(mark)) && bytes.Contains(environ, []byte(thisRun+"\x00")) {
			return true
		}
	}
	return false
}

// patience is how long a test waits for what must happen: a hang is a failure, a slow machine is not.
const patience = 60 * time.Second
