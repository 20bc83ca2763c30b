package daemon

import (
	"context"
	"errors"
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// pingInterval is short enough for whatever lies between daemon and client to keep a quiet connection open.
const pingInterval = 15 * time.Second

// keepAlive looks after the client until the command has ended; an error means that it has gone. Mostly the
// reading of messages tells that first, but not while it waits for the command to take its input.
// No answer to a ping is demanded: a client may be slow for as long as it is there.
func (s *session) keepAlive(conn net.Conn, interval time.Duration) error {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-s.ended:
			return nil
		case <-tick.C:
		}
		room, err := look(conn)
		if err != nil {
			return err
		}
		if room {
			s.ping(interval)
		}
	}
}

// ping returns when it is answered, the WebSocket is closed, or it is time for the next one.
func (s *session) ping(wait time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	s.ws.Ping(ctx) // the next look tells if it has failed
}

// look tells whether a connection takes a ping at once, since the library cuts one that does not, and fails when its other end has closed it.
func look(conn net.Conn) (room bool, err error) {
	sc, ok := conn.(syscall.Conn)
	if !ok {
		return false, errors.New("the connection has no socket")
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return false, err
	}
	poll := []unix.PollFd{{Events: unix.POLLOUT}}
	var pollErr error
	err = raw.Control(func(fd uintptr) {
		poll[0].Fd = int32(fd)
		_, pollErr = unix.Poll(poll, 0)
	})
	if poll[0].Revents&(unix.POLLHUP|unix.POLLERR) != 0 {
		return false, errClientGone
	}
	if errors.Is(pollErr, unix.EINTR) {
		pollErr = nil
	}
	return poll[0].Revents&unix.POLLOUT != 0, errors.Join(err, pollErr)
}
