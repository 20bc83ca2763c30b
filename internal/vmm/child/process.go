package child

import (
	"io"
	"math"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// outputGrace bounds the wait for output after the process has ended: somebody
// else may hold the other end of the pipe.
const outputGrace = 5 * time.Second

// Command is what to start and what it gets.
type Command struct {
	Path string
	Args []string // without the program's name
	Env  []string
	// Files become the descriptors 3, 4, and so on. They stay the caller's.
	Files []*os.File
	// Log receives standard output and error, MaxLog bytes at most.
	Log io.Writer
	// Attr may set the user, namespaces and so on; nil means nothing special.
	Attr *syscall.SysProcAttr
}

// Process is a started command.
type Process struct {
	cmd  *exec.Cmd
	log  *boundedLog
	done chan struct{}
}

// Start starts a command.
func Start(c Command) (*Process, error) {
	if err := keepDescriptors(); err != nil {
		return nil, err
	}
	p := &Process{cmd: exec.Command(c.Path, c.Args...), log: &boundedLog{to: c.Log}, done: make(chan struct{})}
	p.cmd.Dir = "/"
	p.cmd.Env = append([]string{}, c.Env...) // never nil: that would mean this program's own
	p.cmd.ExtraFiles = c.Files
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	p.cmd.WaitDelay = outputGrace
	p.cmd.SysProcAttr = withParentDeath(c.Attr)
	started := make(chan error)
	go p.live(started)
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

// keepDescriptors makes this program's descriptors its own. Those that Go opens are; what
// its own starter left open for it is not. (Linux 5.11 or newer.)
func keepDescriptors() error {
	const first = 3
	return os.NewSyscallError("close_range", unix.CloseRange(first, math.MaxInt32, unix.CLOSE_RANGE_CLOEXEC))
}

func withParentDeath(attr *syscall.SysProcAttr) *syscall.SysProcAttr {
	var own syscall.SysProcAttr
	if attr != nil {
		own = *attr
	}
	own.Pdeathsig = syscall.SIGKILL
	return &own
}

// live keeps its thread from the fork to the child's end: when a forking thread
// ends, its children get their parent-death signal.
func (p *Process) live(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	p.cmd.Wait() // how it ended is in ProcessState
	close(p.done)
}

// PID is the process's id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Signal sends a signal. That the process has ended is no error.
func (p *Process) Signal(s syscall.Signal) error {
	err := p.cmd.Process.Signal(s)
	if err == os.ErrProcessDone {
		return nil
	}
	return err
}

// Stop stops the process and returns when it stands still.
func (p *Process) Stop() error {
	if err := p.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	for {
		err := unix.Waitid(unix.P_PID, p.PID(), nil, unix.WSTOPPED|unix.WEXITED|unix.WNOWAIT, nil)
		switch err {
		case nil, unix.ECHILD: // it has stopped, or ended
			return nil
		case unix.EINTR:
		default:
			return os.NewSyscallError("waitid", err)
		}
	}
}

// Kill ends the process and returns when it is gone.
func (p *Process) Kill() error {
	if err := p.Signal(syscall.SIGKILL); err != nil {
		return err
	}
	<-p.done
	return nil
}

// Done is closed when the process is gone and its output has been written.
func (p *Process) Done() <-chan struct{} { return p.done }

// Status is how the process ended; valid once Done is closed.
func (p *Process) Status() syscall.WaitStatus {
	return p.cmd.ProcessState.Sys().(syscall.WaitStatus)
}

// LastWords is the last line that the process printed, fit for a terminal.
func (p *Process) LastWords() string { return p.log.lastLine() }
