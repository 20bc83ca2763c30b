package guestlink

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"time"

	"github.com/hashicorp/yamux"

	"banger/internal/problem"
)

// closeGrace bounds how long Close waits for the guest's answer.
const closeGrace = 5 * time.Second

// Session is the host's end of a guest link. Its methods may be called from any goroutine.
type Session struct {
	conn net.Conn
	link *link
	mux  *yamux.Session
	peer Hello
}

// Connect says hello on conn and waits for the agent's answer until ctx ends. A guest that has not
// booted yet simply answers later. conn stays the caller's, who must not use it
// while the session lives; when Connect fails, conn is good for nothing any more.
func Connect(ctx context.Context, conn net.Conn) (*Session, error) {
	return connect(ctx, conn, func() error { return nil })
}

// Reconnect is Connect with a guest that was copied while its link was at rest, as Freeze leaves it:
// the agent still thinks of a session with somebody else, and is told that it is over.
func Reconnect(ctx context.Context, conn net.Conn) (*Session, error) {
	return connect(ctx, conn, func() error { return (&link{out: conn}).say(linkReset, 0) })
}

func connect(ctx context.Context, conn net.Conn, prepare func() error) (*Session, error) {
	in := newReader(conn)
	interrupt := func() { conn.SetDeadline(time.Unix(1, 0)) }
	stop := context.AfterFunc(ctx, interrupt)
	err := prepare()
	var peer Hello
	if err == nil {
		peer, err = exchange(conn, in, NewHello(""))
	}
	if !stop() {
		return nil, problem.New(problem.Timeout, "the guest's agent did not answer: %w", context.Cause(ctx))
	}
	if err != nil {
		return nil, problem.New(problem.GuestFailed, "greet the guest's agent: %w", err)
	}
	l := newLink(in, conn, interrupt, false)
	mux, err := yamux.Client(l, muxConfig())
	if err != nil {
		return nil, err
	}
	return &Session{conn: conn, link: l, mux: mux, peer: peer}, nil
}

// exchange is the host's part of the hello.
func exchange(conn net.Conn, in *bufio.Reader, own Hello) (peer Hello, err error) {
	if err := WriteMessage(conn, own); err != nil {
		return Hello{}, err
	}
	if err := ReadMessage(in, &peer); err != nil {
		return Hello{}, err
	}
	return peer, peer.check()
}

// Peer is what the agent said of itself. The guest is free to lie.
func (s *Session) Peer() Hello { return s.peer }

// Done is closed when the session has ended, by Close or because the link was lost.
func (s *Session) Done() <-chan struct{} { return s.mux.CloseChan() }

// Open opens a stream, on which a Request is to be written next. Closing the stream tells the agent that the client has gone.
func (s *Session) Open(ctx context.Context) (net.Conn, error) {
	type opened struct {
		stream *yamux.Stream
		err    error
	}
	done := make(chan opened, 1)
	go func() {
		stream, err := s.mux.OpenStream()
		done <- opened{stream, err}
	}()
	select {
	case o := <-done:
		if o.err != nil {
			return nil, fmt.Errorf("open a stream to the guest: %w", o.err)
		}
		return o.stream, nil
	case <-ctx.Done():
		go func() {
			if o := <-done; o.err == nil {
				o.stream.Close()
			}
		}()
		return nil, fmt.Errorf("open a stream to the guest: %w", context.Cause(ctx))
	}
}

// Call makes a request that has no frames and waits for its response, or for the end of ctx.
// A refusal by the agent is an error too, of type *Error.
func (s *Session) Call(ctx context.Context, req Request) (Response, error) {
	stream, err := s.Open(ctx)
	if err != nil {
		return Response{}, err
	}
	type answer struct {
		resp Response
		err  error
	}
	done := make(chan answer, 1)
	go func() {
		defer stream.Close()
		resp, err := Call(stream, req)
		done <- answer{resp, err}
	}()
	select {
	case a := <-done:
		return a.resp, a.err
	case <-ctx.Done():
		stream.SetDeadline(time.Unix(1, 0)) // lets the goroutine go
		return Response{}, problem.New(problem.Timeout, "the guest did not answer %s: %w", req.Op, context.Cause(ctx))
	}
}

// Call makes a request that has no frames over a fresh stream, like the method of Session. The
// caller bounds it with a deadline on stream and closes stream.
func Call(stream net.Conn, req Request) (resp Response, err error) {
	if err := WriteMessage(stream, req); err != nil {
		return Response{}, fmt.Errorf("ask the guest for %s: %w", req.Op, err)
	}
	if err := ReadMessage(stream, &resp); err != nil {
		return Response{}, problem.New(problem.GuestFailed, "the guest gave no proper answer to %s: %w", req.Op, err)
	}
	switch {
	case resp.Error == nil:
		return resp, nil
	case resp.Error.Code == CodeUnsupported:
		return resp, problem.New(problem.Unavailable, "the VM runs an older agent than this banger's, which cannot do that (%s): %w", req.Op, resp.Error).
			WithRemedy("banger vm restart stops the VM and starts it again, with its disks as they are")
	}
	return resp, resp.Error
}

// Close ends the session: commands whose streams are open are ended by the agent once it hears of it. When it returns nil, conn can be
// given to Reconnect; otherwise the guest did not answer in time, and conn is useless.
func (s *Session) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeGrace)
	defer cancel()
	err := s.Freeze(ctx)
	s.link.closed.Store(true)
	if err == nil {
		<-s.link.rest // whoever waits to write is told that it is closed
	}
	s.mux.Close()
	if err != nil {
		return problem.New(problem.GuestFailed, "the guest's agent did not end the session: %w", err)
	}
	return s.conn.SetDeadline(time.Time{})
}
