package relay

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// Conn is a connection that can be joined to another.
type Conn interface {
	net.Conn
	// CloseWrite tells the other end that nothing more comes.
	CloseWrite() error
	// Reset closes the connection so that the other end sees a failure and not an end.
	Reset()
	// WaitRead returns when Read would not block: there are bytes, an end, or an error, which it leaves to Read.
	WaitRead()
}

// Host makes a Conn of one that package net gave. Of other connections it uses what they offer.
func Host(c net.Conn) Conn { return host{c} }

type host struct{ net.Conn }

func (h host) CloseWrite() error {
	if c, ok := h.Conn.(interface{ CloseWrite() error }); ok {
		return c.CloseWrite()
	}
	return nil // datagrams have no end
}

func (h host) Reset() {
	if c, ok := h.Conn.(interface{ SetLinger(sec int) error }); ok {
		c.SetLinger(0)
	}
	h.Close()
}

func (h host) WaitRead() {
	c, ok := h.Conn.(syscall.Conn)
	if !ok {
		return
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return
	}
	raw.Read(func(fd uintptr) bool {
		ready, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0)
		return ready > 0 || err != nil && err != unix.EINTR
	})
}
