package agent

import (
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"banger/internal/guestlink"
)

// killGrace is the time between the signal that asks and the one that does not.
const killGrace = 2 * time.Second

// process is a command that runs.
type process struct {
	pid    int // also its session and its first process group
	status <-chan syscall.WaitStatus
	reaper *reaper
	tty    *os.File // the terminal's master end, nil without
}

// start runs c.
func (a *Agent) start(c command, s *stdio) (*process, error) {
	attr, err := c.attributes(s)
	if err != nil {
		return nil, err
	}
	pid, status, err := a.reaper.start(func() (int, error) { return syscall.ForkExec(c.file, c.args, attr) })
	if err != nil {
		return nil, startRefusal(c.file, c.dir, err)
	}
	return &process{pid: pid, status: status, reaper: a.reaper, tty: s.tty}, nil
}

// await waits for the end of the command. It brings that about when gone is closed, by
// SIGHUP, or after limit if that is not 0, by SIGTERM; in both cases the
// whole session is killed a little later.
func (p *process) await(gone <-chan struct{}, limit time.Duration) (exit guestlink.Exit) {
	var expired <-chan time.Time
	if limit > 0 {
		timer := time.NewTimer(limit)
		defer timer.Stop()
		expired = timer.C
	}
	for {
		select {
		case <-gone:
			gone = nil
			p.end(syscall.SIGHUP)
		case <-expired:
			exit.TimedOut = true
			p.end(syscall.SIGTERM)
		case status := <-p.status:
			if status.Signaled() {
				exit.Signal = int(status.Signal())
			} else {
				exit.Code = status.ExitStatus()
			}
			return exit
		}
	}
}

// end asks every process of the session to end, and sees to it.
func (p *process) end(sig syscall.Signal) {
	p.signalSession(sig)
	p.signalSession(syscall.SIGCONT) // a stopped one could not obey
	time.AfterFunc(killGrace, func() { p.signalSession(syscall.SIGKILL) })
}

// signalSession signals every process of the command's session. SIGKILL is repeated for those that are being forked.
func (p *process) signalSession(sig syscall.Signal) {
	inGroup := p.reaper.signal(p.pid, -p.pid, sig)
	for range 10 {
		again := signalEach(sig, func(s stat) bool {
			return s.session == p.pid && !(inGroup && s.group == p.pid)
		})
		if !again || sig != syscall.SIGKILL {
			return
		}
	}
}

// signal signals the foreground process group of the terminal, or the command's own group. A number that
// is no signal is ignored.
func (p *process) signal(sig syscall.Signal) {
	if sig <= 0 || sig > 64 {
		return
	}
	group := p.pid
	p.onTerminal(func(fd int) {
		if front, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP); err == nil && front > 0 {
			group = front
		}
	})
	p.reaper.signal(p.pid, -group, sig)
}

func (p *process) resize(size guestlink.Size) {
	p.onTerminal(func(fd int) { resize(fd, size) })
}

// onTerminal calls f with the terminal's descriptor, if there is one and it is still open.
func (p *process) onTerminal(f func(fd int)) {
	if p.tty == nil {
		return
	}
	if raw, err := p.tty.SyscallConn(); err == nil {
		raw.Control(func(fd uintptr) { f(int(fd)) })
	}
}
