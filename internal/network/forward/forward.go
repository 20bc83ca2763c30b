package forward

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"banger/internal/network/own"
	"banger/internal/network/relay"
)

// Guest is the guest's side, as stack.Network is.
type Guest interface {
	// Serve connects a client to a port of the guest's and returns when both have ended. It resets the client
	// when the guest does not accept, and when ctx ends.
	Serve(ctx context.Context, client relay.Conn, port uint16) error
}

// Config is one forward.
type Config struct {
	Host  netip.AddrPort // where to listen; port 0 takes a free one, 0.0.0.0 and :: are all of their own kind
	Port  uint16         // the guest's
	Guest Guest
	// Admit says whether a client, a *net.TCPConn, may connect. Nil lets everybody who reaches the address.
	Admit func(client net.Conn) bool
	// Limit is how many clients there may be at once; further ones wait to be accepted. 0 means 256.
	Limit int
}

// Forward is a listener that forwards.
type Forward struct {
	config   Config
	listener net.Listener
	mark     io.Closer     // of a port that is banger's own
	clients  chan struct{} // one for each
	ctx      context.Context
	cancel   context.CancelFunc
	work     sync.WaitGroup
}

// Listen begins to forward.
func Listen(config Config) (*Forward, error) {
	network := "tcp6"
	if config.Host.Addr().Is4() {
		network = "tcp4" // else 0.0.0.0 would be IPv6's addresses too
	}
	listener, err := net.Listen(network, config.Host.String())
	if err != nil {
		return nil, fmt.Errorf("forward port %d of the guest: %w", config.Port, err)
	}
	if config.Limit == 0 {
		config.Limit = 256
	}
	mark, err := own.Mark(listener.Addr().(*net.TCPAddr).AddrPort())
	if err != nil {
		listener.Close()
		return nil, fmt.Errorf("forward port %d of the guest: %w", config.Port, err)
	}
	f := &Forward{config: config, listener: listener, mark: mark, clients: make(chan struct{}, config.Limit)}
	f.ctx, f.cancel = context.WithCancel(context.Background())
	f.work.Go(f.accept)
	return f, nil
}

// Addr is where it listens.
func (f *Forward) Addr() netip.AddrPort { return f.listener.Addr().(*net.TCPAddr).AddrPort() }

// Stop stops listening, at once, and leaves the clients that there are to go on.
func (f *Forward) Stop() {
	f.listener.Close()
	f.mark.Close()
}

// Wait returns when it has been stopped and the last client has gone.
func (f *Forward) Wait() { f.work.Wait() }

// Close stops listening, resets all clients and waits until they are gone.
func (f *Forward) Close() {
	f.cancel()
	f.Stop()
	f.Wait()
}

func (f *Forward) accept() {
	for {
		select {
		case f.clients <- struct{}{}:
		case <-f.ctx.Done():
			return
		}
		client, err := f.listener.Accept()
		if err != nil {
			<-f.clients
			if errors.Is(err, net.ErrClosed) {
				return
			}
			f.pause()
			continue
		}
		f.work.Go(func() {
			defer func() { <-f.clients }()
			f.serve(client)
		})
	}
}

// pause waits a little after a failure to accept, which is one of too many open files: some will be closed.
func (f *Forward) pause() {
	select {
	case <-time.After(100 * time.Millisecond):
	case <-f.ctx.Done():
	}
}

func (f *Forward) serve(conn net.Conn) {
	client := relay.Host(conn)
	if f.config.Admit != nil && !f.config.Admit(conn) {
		client.Reset()
		return
	}
	f.config.Guest.Serve(f.ctx, client, f.config.Port) // the client has seen how it ended
}
