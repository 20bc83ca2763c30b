package harness

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// Call is one run of a program. Set the fields, then Run or Start it.
type Call struct {
	Path           string
	Args           []string
	Env            []string
	Dir            string
	Stdin          io.Reader
	Stdout, Stderr io.Writer // nil: collected in the Result
	// Terminal, when set, is what the program gets as its controlling terminal and all three streams.
	Terminal   *os.File
	Credential *syscall.Credential
}

// Result is how a call ended.
type Result struct {
	Stdout, Stderr string
	Exit           int            // -1 when it was ended by a signal, or never started
	Signal         syscall.Signal // that signal
	Took           time.Duration
	Err            error // it could not be started, or ctx ended
}

// With adds variables to the environment and returns the call.
func (c *Call) With(env ...string) *Call {
	c.Env = append(c.Env, env...)
	return c
}

// Input sets the standard input and returns the call.
func (c *Call) Input(r io.Reader) *Call {
	c.Stdin = r
	return c
}

// Run runs the call to its end. When ctx ends first it is killed.
func (c *Call) Run(ctx context.Context) Result {
	p, err := c.Start()
	if err != nil {
		return Result{Exit: -1, Err: err}
	}
	return p.Wait(ctx)
}

// Process is a started call.
type Process struct {
	cmd      *exec.Cmd
	out, err bytes.Buffer
	began    time.Time
	done     chan struct{}
	waitErr  error
}

// Start starts the call.
func (c *Call) Start() (*Process, error) {
	p := &Process{done: make(chan struct{}), began: time.Now()}
	p.cmd = exec.Command(c.Path, c.Args...)
	p.cmd.Env, p.cmd.Dir, p.cmd.Stdin = c.Env, c.Dir, c.Stdin
	p.cmd.Stdout, p.cmd.Stderr = io.Writer(&p.out), io.Writer(&p.err)
	// A daemon started on the way must not keep a reader of our pipes waiting.
	p.cmd.WaitDelay = 5 * time.Second
	if c.Stdout != nil {
		p.cmd.Stdout = c.Stdout
	}
	if c.Stderr != nil {
		p.cmd.Stderr = c.Stderr
	}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.Credential}
	if c.Terminal != nil {
		p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = c.Terminal, c.Terminal, c.Terminal
		p.cmd.SysProcAttr.Setsid, p.cmd.SysProcAttr.Setctty = true, true
	}
	if err := own.start(p.cmd); err != nil {
		return nil, err
	}
	go func() {
		p.waitErr = own.wait(p.cmd)
		close(p.done)
	}()
	return p, nil
}

// PID is the process's id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Signal sends a signal.
func (p *Process) Signal(s os.Signal) error { return p.cmd.Process.Signal(s) }

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Wait waits for the end and tells how it was. When ctx ends first the process is killed.
func (p *Process) Wait(ctx context.Context) Result {
	var late error
	select {
	case <-p.done:
	case <-ctx.Done():
		late = context.Cause(ctx)
		p.cmd.Process.Kill()
		<-p.done
	}
	r := Result{Stdout: p.out.String(), Stderr: p.err.String(), Exit: -1, Took: time.Since(p.began), Err: late}
	if status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); ok {
		r.Exit = status.ExitStatus()
		if status.Signaled() {
			r.Signal = status.Signal()
		}
	}
	var exit *exec.ExitError
	if late == nil && p.waitErr != nil && !errors.As(p.waitErr, &exit) {
		r.Err = p.waitErr
	}
	return r
}
