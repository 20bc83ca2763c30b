package agenttest

import (
	"context"
	"net"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"banger/internal/guestlink"
)

// Guest is a running agent, as the host sees it.
type Guest struct {
	*guestlink.Session
	Conn    net.Conn   // below the session
	Console *os.File   // what detached commands write
	Exit    <-chan int // the process' status
	PID     int
}

// Start starts an agent for the length of the test.
func Start(t testing.TB) *Guest {
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
	g := &Guest{Conn: conn, Console: consoleOut, Exit: exit, PID: cmd.Process.Pid}
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

// Stream opens a stream to the agent, for one request.
func (g *Guest) Stream(ctx context.Context) (net.Conn, error) { return g.Open(ctx) }
