package unixsock

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"syscall"

	"banger/internal/problem"

	"golang.org/x/sys/unix"
)

// Listen makes a socket at path, which only this user and root can connect to. It
// replaces the file that an ended listener left there; when somebody listens on it,
// the error is a problem.Conflict, and when something else than a socket is there,
// it stays and is an error too.
//
// Closing the listener leaves the file: removing it could hit the socket of a
// successor.
func Listen(path string) (*net.UnixListener, error) {
	listener, err := listen(path)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	return listener, nil
}

func listen(path string) (*net.UnixListener, error) {
	dir, err := openDir(path, unix.O_PATH)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	name := within(dir, path)
	turn, err := takeTurn(name + ".lock")
	if err != nil {
		return nil, fmt.Errorf("take the turn to make it: %w", cause(err))
	}
	defer turn.end()
	if err := removeStale(name); err != nil {
		return nil, err
	}
	config := net.ListenConfig{Control: ownerOnly}
	listener, err := config.Listen(context.Background(), "unix", name)
	if err != nil {
		return nil, cause(err)
	}
	unixListener := listener.(*net.UnixListener)
	unixListener.SetUnlinkOnClose(false)
	return unixListener, nil
}

func removeStale(name string) error {
	info, err := os.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return cause(err)
	}
	if info.Mode().Type() != fs.ModeSocket {
		return problem.New(problem.Conflict, "what is there is no socket").WithRemedy("move it away")
	}
	conn, err := net.Dial("unix", name)
	switch {
	case err == nil:
		conn.Close()
		return errInUse
	case errors.Is(err, unix.EAGAIN): // its queue is full
		return errInUse
	case errors.Is(err, unix.ECONNREFUSED):
		return cause(os.Remove(name))
	}
	return cause(err)
}

var errInUse = problem.New(problem.Conflict, "another process listens there already")

// ownerOnly sets the mode that bind will give to the socket's file: Linux takes it
// from the unbound socket.
func ownerOnly(_, _ string, conn syscall.RawConn) error {
	var chmodErr error
	err := conn.Control(func(fd uintptr) { chmodErr = unix.Fchmod(int(fd), 0o600) })
	return errors.Join(err, chmodErr)
}
