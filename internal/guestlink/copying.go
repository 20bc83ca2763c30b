package guestlink

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"

	"banger/internal/problem"
)

// Copying is a stream on which the agent has agreed to send or to take a copy.
type Copying struct {
	conn net.Conn
	in   *BulkReader
}

// RunCopy makes a request for a copy over conn, which it closes, and has use go on from the agent's answer. It ends with ctx.
func RunCopy(ctx context.Context, conn net.Conn, req Request, use func(Copying, Response) error) error {
	defer conn.Close()
	defer context.AfterFunc(ctx, func() {
		conn.SetDeadline(time.Unix(1, 0)) // a Read of a yamux stream outlives its Close
		conn.Close()
	})()
	said, err := Call(conn, req)
	if err == nil {
		err = use(Copying{conn, NewBulkReader(conn)}, said)
	}
	refusal, refused := errors.AsType[*Error](err)
	switch {
	case err != nil && ctx.Err() != nil:
		return context.Cause(ctx)
	case refused && problem.CodeOf(err) == problem.Internal: // it has no better words around it
		return fmt.Errorf("in the guest: %w", refusal)
	}
	return err
}

// Read gives what the agent sends.
func (c Copying) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	return n, brokenOff(err)
}

// End waits for the agent's last word, of which an Error is End's.
func (c Copying) End() (CopyEnd, error) {
	end, err := c.in.End()
	if err == nil && end.Error != nil {
		err = end.Error
	}
	end.LeftOut = min(max(end.LeftOut, 0), maxLeftOut)
	return end, brokenOff(err)
}

// maxLeftOut bounds a number that a guest tells.
const maxLeftOut = 1 << 30

// brokenOff tells a link that broke from an end, good or bad.
func brokenOff(err error) error {
	if err == nil || err == io.EOF || errors.As(err, new(*Error)) {
		return err
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, net.ErrClosed) {
		return problem.New(problem.GuestFailed, "the virtual machine went away before the copy ended")
	}
	return problem.New(problem.GuestFailed, "the guest broke the copy off: %v", err)
}

// errSend marks a failure to write to the agent, about which the agent's last word says more.
var errSend = errors.New("send to the guest")

// toAgent sends bytes as they are.
type toAgent struct{ net.Conn }

func (t toAgent) Write(p []byte) (int, error) {
	n, err := t.Conn.Write(p)
	if err != nil {
		err = fmt.Errorf("%w: %w", errSend, err)
	}
	return n, err
}

// Send sends what write writes and then last, and gives the agent's last word, which may come early. write can still be under way then, if
// that is an error.
func (c Copying) Send(last CopyEnd, write func(io.Writer) error) (CopyEnd, error) {
	written := make(chan error, 1)
	go func() {
		out := NewBulkWriter(toAgent{c.conn})
		err := write(out)
		written <- err
		if err != nil {
			c.conn.Close() // the guest must not take a part for all of it
			return
		}
		out.End(last) // when it fails, the agent's last word does not come either
	}()
	end, err := c.End()
	select {
	case failed := <-written:
		if failed != nil && (err == nil || !errors.Is(failed, errSend)) {
			err = failed
		}
	default: // it still reads: the agent has not got all
		if err == nil {
			err = problem.New(problem.GuestFailed, "the guest ended the copy before it had all of it")
		}
	}
	return end, err
}
