package unixsock

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"

	"banger/internal/problem"

	"golang.org/x/sys/unix"
)

// PeerUID is the user id of the process that made the other end of conn, as the
// kernel saw it when it connected (SO_PEERCRED).
func PeerUID(conn net.Conn) (int, error) {
	peer, err := credentials(conn)
	if err != nil {
		return 0, fmt.Errorf("find out who connected: %w", err)
	}
	return int(peer.Uid), nil
}

// PeerPID is the process that made the other end of conn: of a connection that Dial made, the one that listens.
func PeerPID(conn net.Conn) (int, error) {
	peer, err := credentials(conn)
	if err != nil {
		return 0, fmt.Errorf("find out who listens: %w", err)
	}
	return int(peer.Pid), nil
}

func credentials(conn net.Conn) (*unix.Ucred, error) {
	sc, ok := conn.(syscall.Conn)
	if !ok {
		return nil, errors.New("the connection has no socket")
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return nil, err
	}
	var peer *unix.Ucred
	var peerErr error
	err = raw.Control(func(fd uintptr) {
		peer, peerErr = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	})
	return peer, errors.Join(err, peerErr)
}

// AllowPeer returns nil when the other end of conn belongs to root or to the user
// that this process runs as, else an error that says so. The caller then closes conn.
func AllowPeer(conn net.Conn) error {
	uid, err := PeerUID(conn)
	if err != nil {
		return err
	}
	return allow(uid, os.Geteuid())
}

func allow(uid, own int) error {
	if uid == 0 || uid == own {
		return nil
	}
	return problem.New(problem.Invalid, "user %d may not use a socket of user %d", uid, own).
		WithRemedy("use banger as user %d or as root", own)
}
