package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"

	"banger/api"
	"banger/internal/guestlink"
	"banger/internal/problem"
)

// copyLink is the connection to the agent that sends or takes a copy.
type copyLink struct {
	conn net.Conn
	in   *guestlink.BulkReader
}

// talk sends the request and has use go on from the agent's answer. It ends with ctx.
func (o CopyOptions) talk(ctx context.Context, vm api.VM, request guestlink.Request, use func(copyLink, guestlink.Response) error) error {
	return inGuest(ctx, vm, o.Notice, func(conn net.Conn) error {
		defer conn.Close()
		defer context.AfterFunc(ctx, func() {
			conn.SetDeadline(time.Unix(1, 0))
			conn.Close()
		})()
		said, err := guestlink.Call(conn, request)
		if err == nil {
			err = use(copyLink{conn, guestlink.NewBulkReader(conn)}, said)
		}
		refusal, refused := errors.AsType[*guestlink.Error](err)
		switch {
		case err != nil && ctx.Err() != nil:
			return context.Cause(ctx)
		case refused && problem.CodeOf(err) == problem.Internal: // it has no better words around it
			return fmt.Errorf("in the guest: %w", refusal)
		}
		return err
	})
}

// Read gives what the agent sends.
func (l copyLink) Read(p []byte) (int, error) {
	n, err := l.in.Read(p)
	return n, l.lost(err)
}

// end waits for the agent's last word.
func (l copyLink) end() (guestlink.CopyEnd, error) {
	end, err := l.in.End()
	if err == nil && end.Error != nil {
		err = end.Error
	}
	return end, l.lost(err)
}

// lost tells a link that broke from an end, good or bad.
func (l copyLink) lost(err error) error {
	if err == nil || err == io.EOF || errors.As(err, new(*guestlink.Error)) {
		return err
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, net.ErrClosed) {
		return problem.New(problem.GuestFailed, "the virtual machine went away before the copy ended")
	}
	return problem.New(problem.GuestFailed, "the guest broke the copy off: %v", err)
}

// errLink marks a failure to write to the agent, about which the agent's last word says more.
var errLink = errors.New("send to the guest")

// Write sends bytes as they are.
func (l copyLink) Write(p []byte) (int, error) {
	n, err := l.conn.Write(p)
	if err != nil {
		err = fmt.Errorf("%w: %w", errLink, err)
	}
	return n, err
}

// given is how the host's part of a copy ended.
type given struct {
	done Copied
	err  error
}

// give sends what read writes, while it waits for the agent's last word, which may come early.
func (l copyLink) give(read func(io.Writer) (Copied, error)) (Copied, error) {
	finished := make(chan given, 1)
	go func() {
		out := guestlink.NewBulkWriter(l)
		done, err := read(out)
		finished <- given{done, err}
		if err != nil {
			l.conn.Close() // the guest must not take a part for all of it
			return
		}
		out.End(guestlink.CopyEnd{}) // when it fails, the agent's last word does not come either
	}()
	end, err := l.end()
	select {
	case g := <-finished:
		if g.err != nil && (err == nil || !errors.Is(g.err, errLink)) {
			return g.done, g.err
		}
		g.done.LeftOut += min(max(end.LeftOut, 0), maxCount)
		return g.done, err
	default: // it still reads: the agent has not got all
	}
	if err == nil {
		err = problem.New(problem.GuestFailed, "the guest ended the copy before it had all of it")
	}
	return Copied{}, err
}

// full says what to do about a disk of this host's that is full.
func full(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return problem.New(problem.Exhausted, "%w", err).WithRemedy("make room on this host's disk, and copy again")
	}
	return err
}
