package shim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"syscall"
	"time"

	"banger/internal/guestlink"
	"banger/internal/operation"
	"banger/internal/unixsock"
)

// ErrGone is returned when the connection ends before the shim has answered: it died, or the machine has just ended.
var ErrGone = errors.New("the machine's supervisor is gone")

// Ask sends one request and returns the answer. ctx bounds the whole exchange.
func Ask(ctx context.Context, socket string, req Request) (Reply, error) {
	conn, err := open(ctx, socket, req)
	if err != nil {
		return Reply{}, err
	}
	defer conn.Close()
	return await(ctx, conn)
}

// Watch returns when the machine ends, with how it did. Until then seen, unless it is nil, is
// called with how the machine is, at first and when that changes.
func Watch(ctx context.Context, socket string, seen func(Status)) (Exit, error) {
	conn, err := open(ctx, socket, Request{Op: OpWatch})
	if err != nil {
		return Exit{}, err
	}
	defer conn.Close()
	for {
		reply, err := await(ctx, conn)
		if err != nil {
			return Exit{}, err
		}
		if reply.Exit != nil {
			return *reply.Exit, nil
		}
		if reply.Status != nil && seen != nil {
			seen(*reply.Status)
		}
	}
}

// ClaimMachine makes a waiting machine somebody's.
func ClaimMachine(ctx context.Context, socket string, c Claim) error {
	_, err := Ask(ctx, socket, Request{Op: OpClaim, Claim: &c})
	return err
}

// Lease holds an ephemeral machine: it ends when the connection that Lease returns is closed.
func Lease(ctx context.Context, socket string) (io.Closer, error) {
	conn, err := open(ctx, socket, Request{Op: OpLease})
	if err != nil {
		return nil, err
	}
	if _, err := await(ctx, conn); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// Guest opens a stream to the guest's agent, on which the caller sends a
// guestlink.Request and owns everything after it. It counts as a use of the machine until it
// is closed. ctx bounds the opening only.
func Guest(ctx context.Context, socket string) (*net.UnixConn, error) {
	return stream(ctx, socket, Request{Op: OpGuest})
}

// GuestAside is Guest for banger's own requests, which are no use of the machine.
func GuestAside(ctx context.Context, socket string) (*net.UnixConn, error) {
	return stream(ctx, socket, Request{Op: OpGuest, Aside: true})
}

// Dial connects to a TCP port of the guest's. ctx bounds the connecting only.
func Dial(ctx context.Context, socket string, port uint16) (*net.UnixConn, error) {
	return stream(ctx, socket, Request{Op: OpDial, Port: port})
}

// SetPolicy has another policy hold for the guest's network.
func SetPolicy(ctx context.Context, socket, policy string) error {
	_, err := Ask(ctx, socket, Request{Op: OpPolicy, Policy: policy})
	return err
}

// Expose mirrors the guest's ports at an address of the host's from now on, or, when that is not valid, no more.
func Expose(ctx context.Context, socket string, loopback netip.Addr) error {
	_, err := Ask(ctx, socket, Request{Op: OpExpose, Loopback: loopback})
	return err
}

// Publish has a port of the host's lead to the guest, and tells where.
func Publish(ctx context.Context, socket, spec string) ([]Published, error) {
	return askForwards(ctx, socket, Request{Op: OpPublish, Publish: spec})
}

// Unpublish ends what a word of package publish means, and tells what that was.
func Unpublish(ctx context.Context, socket, which string) ([]Published, error) {
	return askForwards(ctx, socket, Request{Op: OpUnpublish, Publish: which})
}

func askForwards(ctx context.Context, socket string, req Request) ([]Published, error) {
	reply, err := Ask(ctx, socket, req)
	if err != nil {
		return nil, err
	}
	return reply.Forwards.Published, nil
}

func stream(ctx context.Context, socket string, req Request) (*net.UnixConn, error) {
	conn, err := open(ctx, socket, req)
	if err != nil {
		return nil, err
	}
	if _, err := await(ctx, conn); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

func open(ctx context.Context, socket string, req Request) (*net.UnixConn, error) {
	conn, err := unixsock.Dial(ctx, socket)
	if err != nil {
		return nil, err
	}
	req.Operation = operation.ID(ctx)
	if err := guestlink.WriteMessage(conn, req); err != nil {
		conn.Close()
		if errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) {
			return nil, ErrGone
		}
		return nil, fmt.Errorf("send %s to the machine's supervisor: %w", req.Op, err)
	}
	return conn, nil
}

// await reads one Reply. The connection is fit for use afterwards unless it returns an error.
func await(ctx context.Context, conn net.Conn) (Reply, error) {
	var reply Reply
	err := within(ctx, conn, func() error { return guestlink.ReadMessage(conn, &reply) })
	switch {
	case ctx.Err() != nil:
		return Reply{}, context.Cause(ctx)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return Reply{}, ErrGone
	case err != nil:
		return Reply{}, fmt.Errorf("hear from the machine's supervisor: %w", err)
	case reply.Problem != nil:
		return Reply{}, reply.Problem.Err()
	}
	return reply, nil
}

// within runs f, whose reads from conn end when ctx does.
func within(ctx context.Context, conn net.Conn, f func() error) error {
	stop := context.AfterFunc(ctx, func() { conn.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	return f()
}
