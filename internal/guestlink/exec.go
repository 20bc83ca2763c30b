package guestlink

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"syscall"
	"time"

	"banger/internal/problem"
)

// Size is that of a terminal, in characters.
type Size struct{ Rows, Cols uint16 }

// IO is what a command in the guest is connected to. Nil fields are allowed: no input, output
// dropped, no events.
type IO struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Resize         <-chan Size
	Signals        <-chan syscall.Signal
}

// RunExec runs a command over a fresh stream: one of Session.Open, or a connection whose other
// end copies bytes to and from such a one. See FollowExec.
func RunExec(ctx context.Context, conn net.Conn, x Exec, with IO) (Exit, error) {
	x.Stdin = with.Stdin != nil
	if err := WriteMessage(conn, Request{Op: OpExec, Exec: &x}); err != nil {
		conn.Close()
		return Exit{}, fmt.Errorf("send the command to the guest: %w", err)
	}
	return FollowExec(ctx, conn, x, with)
}

// FollowExec accompanies a command whose Request has been sent on conn: it moves bytes and events until
// the exit frame, or only until the response when x is detached. It closes conn; when ctx ends first, that makes the agent end the
// command. A refusal by the agent is an *Error. A Read of Stdin can still be under way
// when it returns; a Write that blocks delays its return.
func FollowExec(ctx context.Context, conn net.Conn, x Exec, with IO) (Exit, error) {
	defer conn.Close()
	defer context.AfterFunc(ctx, func() {
		conn.SetDeadline(time.Unix(1, 0)) // a Read of a yamux stream outlives its Close
		conn.Close()
	})()
	exit, err := follow(conn, x, with)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return exit, err
}

func follow(conn net.Conn, x Exec, with IO) (Exit, error) {
	in := newReader(conn)
	var resp Response
	if err := ReadMessage(in, &resp); err != nil {
		return Exit{}, lost(err)
	}
	if resp.Error != nil {
		return Exit{}, resp.Error
	}
	if x.Detach {
		return Exit{}, nil
	}
	ended := make(chan struct{})
	input := newCredit(StdinWindow)
	var events sync.WaitGroup
	events.Go(func() { sendEvents(conn, with, ended) })
	defer events.Wait()
	defer conn.Close() // lets go of a write that the guest does not take
	defer close(ended)
	defer input.end()
	if with.Stdin != nil {
		go sendStdin(conn, with.Stdin, input)
	}
	return receive(in, with, input)
}

// receive passes frames on until the exit frame.
func receive(in io.Reader, with IO, input *credit) (Exit, error) {
	buf := make([]byte, MaxFrame)
	for {
		kind, payload, err := ReadFrame(in, buf)
		if err != nil {
			if inputErr := input.failure(); inputErr != nil {
				return Exit{}, inputErr
			}
			return Exit{}, lost(err)
		}
		switch kind {
		case FrameStdout:
			err = pass(with.Stdout, payload, "output")
		case FrameStderr:
			err = pass(with.Stderr, payload, "error output")
		case FrameCredit:
			err = input.addFrame(payload)
		case FrameExit:
			return parseExit(payload)
		default:
			err = problem.New(problem.GuestFailed, "the guest sent a frame of unknown type %d", kind)
		}
		if err != nil {
			return Exit{}, err
		}
	}
}

func pass(w io.Writer, p []byte, what string) error {
	if w == nil {
		return nil
	}
	if _, err := w.Write(p); err != nil {
		return fmt.Errorf("pass on the command's %s: %w", what, err)
	}
	return nil
}

func parseExit(payload []byte) (exit Exit, err error) {
	if err = json.Unmarshal(payload, &exit); err == nil {
		err = exit.check()
	}
	if err != nil {
		return Exit{}, problem.New(problem.GuestFailed, "the guest's report of the command's end is malformed: %w", err)
	}
	return exit, nil
}

// sendEvents sends signals and sizes until the command has ended or the connection has.
func sendEvents(conn net.Conn, with IO, ended <-chan struct{}) {
	for {
		var err error
		select {
		case <-ended:
			return
		case sig, ok := <-with.Signals:
			if !ok {
				with.Signals = nil
				continue
			}
			err = WriteFrame(conn, FrameSignal, []byte{byte(sig)})
		case size, ok := <-with.Resize:
			if !ok {
				with.Resize = nil
				continue
			}
			payload := binary.BigEndian.AppendUint16(nil, size.Rows)
			err = WriteFrame(conn, FrameResize, binary.BigEndian.AppendUint16(payload, size.Cols))
		}
		if err != nil {
			return // receive meets the same broken connection and reports it
		}
	}
}

// isEnd reports whether err says that a stream is over. It is reset when its other end died with something unread.
func isEnd(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET)
}

// lost explains a stream that ended before its exit frame.
func lost(err error) error {
	if isEnd(err) {
		return problem.New(problem.GuestFailed, "the virtual machine went away before the command ended")
	}
	return problem.New(problem.GuestFailed, "the connection to the virtual machine failed before the command ended: %w", err)
}
