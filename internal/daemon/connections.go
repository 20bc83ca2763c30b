package daemon

import (
	"container/list"
	"context"
	"net"
	"sync"

	"golang.org/x/sys/unix"
)

// maxConnections is how many connections are served at once; others wait in the kernel's queue.
const maxConnections = 1024

// openFiles is how many open files a connection can cost: its own, one to a machine's supervisor, and what an operation opens.
const openFiles = 4

// connectionLimit is maxConnections, or less where the daemon may not open that many files.
func connectionLimit() int {
	var files unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &files); err != nil {
		return maxConnections
	}
	return max(1, int(min(files.Cur/openFiles, maxConnections)))
}

// limitedListener accepts a connection once one of its slots is free. To free one it closes the connection that has been
// without a request for longest, so that those who say nothing keep nobody out.
type limitedListener struct {
	net.Listener
	quiet quiet
	slots chan struct{}
	over  chan struct{}
	end   func()
}

func limited(l net.Listener, limit int) *limitedListener {
	over := make(chan struct{})
	return &limitedListener{
		Listener: l, quiet: quiet{at: map[net.Conn]*list.Element{}},
		slots: make(chan struct{}, limit), over: over, end: sync.OnceFunc(func() { close(over) }),
	}
}

// Accept satisfies net.Listener.
func (l *limitedListener) Accept() (net.Conn, error) {
	if !l.takeSlot() {
		return nil, net.ErrClosed
	}
	conn, err := l.Listener.Accept()
	if err != nil {
		<-l.slots
		return nil, err
	}
	return &heldConn{UnixConn: conn.(*net.UnixConn), free: sync.OnceFunc(func() { <-l.slots })}, nil
}

// takeSlot is false when the listener was closed.
func (l *limitedListener) takeSlot() bool {
	select {
	case l.slots <- struct{}{}:
		return true
	default:
	}
	l.quiet.want(true)
	defer l.quiet.want(false)
	select {
	case l.slots <- struct{}{}:
		return true
	case <-l.over:
		return false
	}
}

// Close satisfies net.Listener.
func (l *limitedListener) Close() error {
	l.end()
	return l.Listener.Close()
}

// heldConn holds a slot until it is closed.
type heldConn struct {
	*net.UnixConn
	free func()
}

// Close satisfies net.Conn.
func (c *heldConn) Close() error {
	defer c.free()
	return c.UnixConn.Close()
}

type connKey struct{}

// withConn notes a connection for requests on it, beside what withPeer does.
func withConn(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(withPeer(ctx, conn), connKey{}, conn)
}

// connOf is the connection of a request.
func connOf(ctx context.Context) net.Conn {
	conn, _ := ctx.Value(connKey{}).(net.Conn)
	return conn
}
