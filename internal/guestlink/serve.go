package guestlink

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/hashicorp/yamux"
)

// Handler is the agent behind a guest link.
type Handler interface {
	// Hello is what the agent says of itself.
	Hello() Hello
	// Handle answers one request: it writes one Response to stream and, for an exec, frames. It
	// owns stream for as long as it runs and must return soon after ctx ends, which happens when
	// the session does. It is called on a goroutine of its own.
	Handle(ctx context.Context, req Request, stream net.Conn)
}

// Serve is the guest's end: it waits for a hello, serves a session, and when a host resets the link waits for the
// next hello. It returns when the byte stream ends or is broken, with io.EOF when
// it ended between frames, or when ctx ends; no handler runs any more then, and conn is closed.
func Serve(ctx context.Context, conn io.ReadWriteCloser, h Handler) error {
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	in := newReader(conn)
	var handlers sync.WaitGroup
	defer handlers.Wait()
	for {
		if err := welcome(conn, in, h.Hello()); err != nil {
			return err
		}
		if err := serveSession(ctx, conn, in, h, &handlers); err != nil {
			return err
		}
	}
}

// welcome is the guest's part of the hello.
func welcome(conn io.Writer, in *bufio.Reader, own Hello) error {
	var peer Hello
	if err := ReadMessage(in, &peer); err != nil {
		return err
	}
	if err := WriteMessage(conn, own); err != nil {
		return err
	}
	return peer.check()
}

// serveSession returns nil when a host has reset the link and conn can carry another session; handlers
// may run on for a while.
func serveSession(ctx context.Context, conn io.ReadWriteCloser, in *bufio.Reader, h Handler, handlers *sync.WaitGroup) error {
	l := newLink(in, conn, func() { conn.Close() }, true)
	mux, err := yamux.Server(l, muxConfig())
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for {
		stream, acceptErr := mux.AcceptStream()
		if acceptErr != nil {
			err = acceptErr
			break
		}
		handlers.Go(func() { handle(ctx, stream, h) })
	}
	mux.Close() // waits for yamux's own goroutines
	if !l.over.Load() {
		return err
	}
	return nil
}

// requestGrace bounds the wait for a stream's request.
const requestGrace = 30 * time.Second

func handle(ctx context.Context, stream *yamux.Stream, h Handler) {
	defer stream.Close()
	var req Request
	stream.SetReadDeadline(time.Now().Add(requestGrace))
	if err := ReadMessage(stream, &req); err != nil {
		if !errors.Is(err, io.EOF) {
			Refuse(stream, &Error{Code: CodeInvalid, Message: fmt.Sprintf("read the request: %v", err)})
		}
		return
	}
	stream.SetReadDeadline(time.Time{})
	h.Handle(ctx, req, stream)
}

// Refuse answers a request with an error. That it could not be written means that the client has gone.
func Refuse(stream io.Writer, e *Error) error {
	return WriteMessage(stream, Response{Error: e})
}
