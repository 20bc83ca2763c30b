package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Alive reports whether the process has not ended. When that cannot be found out,
// for instance for want of a descriptor, it is taken to be alive.
func (id ID) Alive() bool {
	f, err := id.open()
	if err != nil {
		return !errors.Is(err, os.ErrProcessDone)
	}
	defer f.Close()
	ended := false
	err = control(f, func(fd uintptr) { ended = hasEnded(fd) })
	return err != nil || !ended
}

// Signal sends sig to the process, or returns os.ErrProcessDone when it has ended.
func (id ID) Signal(sig syscall.Signal) error {
	f, err := id.open()
	if err != nil {
		return fmt.Errorf("send %v to process %d: %w", sig, id.PID, err)
	}
	defer f.Close()
	var sendErr error
	err = control(f, func(fd uintptr) {
		if hasEnded(fd) { // a signal to a zombie would succeed and reach nobody
			sendErr = os.ErrProcessDone
			return
		}
		sendErr = unix.PidfdSendSignal(int(fd), sig, nil, 0)
	})
	if err = errors.Join(err, sendErr); isGone(err) {
		err = os.ErrProcessDone
	}
	if err != nil {
		return fmt.Errorf("send %v to process %d: %w", sig, id.PID, err)
	}
	return nil
}

// Wait returns nil once the process has ended, also when it had before. It need
// not be a child. When ctx ends first, Wait returns ctx's error.
func (id ID) Wait(ctx context.Context) error {
	f, err := id.open()
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("wait for process %d: %w", id.PID, err)
	}
	defer f.Close()
	stop := context.AfterFunc(ctx, func() { f.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	conn, err := f.SyscallConn()
	if err == nil {
		err = conn.Read(hasEnded)
	}
	if err != nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("wait for process %d: %w", id.PID, err)
	}
	return nil
}

// open gives a pidfd that is known to be id's: what is checked after the descriptor
// exists stays true for it.
func (id ID) open() (*os.File, error) {
	if id.PID <= 0 {
		return nil, os.ErrProcessDone
	}
	fd, err := unix.PidfdOpen(id.PID, unix.PIDFD_NONBLOCK)
	if isGone(err) {
		return nil, os.ErrProcessDone
	}
	if err != nil {
		return nil, os.NewSyscallError("pidfd_open", err)
	}
	f := os.NewFile(uintptr(fd), "pidfd") // non-blocking, so it joins Go's poller
	now, err := Of(id.PID)
	if err == nil && now != id {
		err = os.ErrProcessDone
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// hasEnded reports whether a pidfd is readable, which it is from its process's end on.
func hasEnded(fd uintptr) bool {
	set := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	for {
		n, err := unix.Poll(set, 0)
		if err != unix.EINTR {
			return n == 1 && set[0].Revents&unix.POLLIN != 0
		}
	}
}

func control(f *os.File, do func(fd uintptr)) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	return conn.Control(do)
}
