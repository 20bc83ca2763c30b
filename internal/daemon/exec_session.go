package daemon

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"
	"time"

	"github.com/coder/websocket"

	"banger/api"
	"banger/internal/problem"
	"banger/internal/vm"
)

const (
	// farewell bounds the wait for a client that does not take the end of what it is sent.
	farewell = 5 * time.Second
	// maxOutput is the longest message of output, in bytes: 32 KiB with its channel, which is
	// what a client of Go's most used libraries takes without being told.
	maxOutput = 32<<10 - 1
)

var errClientGone = problem.New(problem.Canceled, "the client has gone")

// session is one command's WebSocket. Of what passes through it holds a message of output and a buffer of input,
// whatever either side does: who writes waits for who reads.
type session struct {
	ws  *websocket.Conn
	out [1 + maxOutput]byte // the message being sent

	stdin   *io.PipeWriter
	input   *io.PipeReader // closed when nobody wants input any more
	reads   bool           // the command has standard input
	resize  chan vm.Size
	signals chan syscall.Signal
	ended   chan struct{} // closed when the command has ended
}

func newSession(ws *websocket.Conn, stdin bool) *session {
	s := &session{ws: ws, reads: stdin, resize: make(chan vm.Size), signals: make(chan syscall.Signal), ended: make(chan struct{})}
	s.input, s.stdin = io.Pipe()
	if !stdin {
		s.input.Close()
	}
	ws.SetReadLimit(-1) // a message of input is passed on as it arrives; see take about others
	return s
}

// run runs the command, says how it ended and closes the WebSocket. When ctx ends first, its cause is told.
func (s *session) run(ctx context.Context, guest *vm.Guest, cmd vm.Command, conn net.Conn, ping time.Duration) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	received := make(chan struct{})
	go func() {
		defer close(received)
		cancel(s.receive())
	}()
	alive := make(chan struct{})
	go func() {
		defer close(alive)
		if s.keepAlive(conn, ping) != nil {
			cancel(errClientGone)
		}
	}()
	// A client that reads nothing more must not keep the command from being ended.
	stuck := context.AfterFunc(ctx, func() { s.closeAfter(farewell) })
	exit, err := guest.Run(ctx, cmd, s.streams())
	close(s.ended)
	s.input.Close()
	stuck()
	s.sayEnd(exit, err)
	<-alive
	<-received
}

func (s *session) streams() vm.Streams {
	with := vm.Streams{Stdout: channel{s, api.ExecStdout}, Stderr: channel{s, api.ExecStderr}, Resize: s.resize, Signals: s.signals}
	if s.reads {
		with.Stdin = s.input
	}
	return with
}

// closeAfter cuts the connection unless the end has been told by then.
func (s *session) closeAfter(d time.Duration) {
	select {
	case <-s.ended:
	case <-time.After(d):
		s.ws.CloseNow()
	}
}

// sayEnd sends the status and closes.
func (s *session) sayEnd(exit vm.Exit, err error) {
	if errors.Is(err, errClientGone) {
		s.ws.CloseNow()
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	s.sendJSON(ctx, api.ExecError, execStatus(exit, err))
	s.ws.Close(closing(err)) // a client that has gone meanwhile is no concern
}

// closing is the code and the reason of the WebSocket's end.
func closing(err error) (websocket.StatusCode, string) {
	const maxReason = 123 // bytes, by RFC 6455
	switch {
	case err == nil, errors.As(err, new(*vm.Refusal)):
		return websocket.StatusNormalClosure, ""
	case errors.Is(err, errEnding):
		return websocket.StatusGoingAway, errEnding.Error()
	case errors.Is(err, errProtocol):
		return websocket.StatusProtocolError, err.Error()[:min(len(err.Error()), maxReason)]
	}
	return websocket.StatusInternalError, "the status says why"
}
