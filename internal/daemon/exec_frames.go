package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"

	"github.com/coder/websocket"
	"golang.org/x/sys/unix"

	"banger/api"
	"banger/internal/problem"
	"banger/internal/vm"
)

// maxControl is the longest message of a channel other than standard input, in bytes.
const maxControl = 4 << 10

var errProtocol = problem.New(problem.Invalid, "the client does not speak %s", api.ExecProtocol)

func badFrame(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{errProtocol}, args...)...)
}

// channel writes to one channel of a session. Standard output's and error's are written by one goroutine.
type channel struct {
	*session
	number byte
}

// Write satisfies io.Writer. It waits for a client that is slow.
func (c channel) Write(p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		c.out[0] = c.number
		part := copy(c.out[1:], p[n:])
		// Without a deadline: that of a context would cut the connection, and with it the word of why it ends.
		if err = c.ws.Write(context.Background(), websocket.MessageBinary, c.out[:1+part]); err == nil {
			n += part
		}
	}
	return n, err
}

func (s *session) sendJSON(ctx context.Context, number byte, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return s.ws.Write(ctx, websocket.MessageBinary, append([]byte{number}, text...))
}

// receive obeys the client until it goes or breaks the protocol, and says which.
func (s *session) receive() error {
	buf := make([]byte, maxOutput)
	for {
		kind, message, err := s.ws.Reader(context.Background())
		if err != nil {
			return errClientGone
		}
		if kind != websocket.MessageBinary {
			return badFrame("a message is text")
		}
		if err := s.take(message, buf); err != nil {
			return err
		}
	}
}

// take obeys one message. An empty one means nothing.
func (s *session) take(message io.Reader, buf []byte) error {
	if _, err := io.ReadFull(message, buf[:1]); err != nil {
		if errors.Is(err, io.EOF) {
			return nil
		}
		return errClientGone
	}
	number := buf[0]
	if number == api.ExecStdin {
		if _, err := io.CopyBuffer(untilClosed{s.stdin}, message, buf); err != nil {
			return errClientGone
		}
		return nil
	}
	data, err := io.ReadAll(io.LimitReader(message, maxControl+1))
	switch {
	case err != nil:
		return errClientGone
	case len(data) > maxControl:
		return badFrame("a message on channel %d has more than %d bytes", number, maxControl)
	}
	return s.control(number, data)
}

func (s *session) control(number byte, data []byte) error {
	switch number {
	case api.ExecResize:
		var size api.ExecSize
		if err := json.Unmarshal(data, &size); err != nil {
			return badFrame("the size of a terminal is malformed")
		}
		select {
		case s.resize <- vm.Size{Rows: size.Height, Cols: size.Width}:
		case <-s.ended:
		}
	case api.ExecSignal:
		signal, err := signalOf(data)
		if err != nil {
			return err
		}
		select {
		case s.signals <- signal:
		case <-s.ended:
		}
	case api.ExecClose:
		if len(data) == 1 && data[0] == api.ExecStdin {
			return s.stdin.Close()
		}
	default:
		return badFrame("channel %d is not for clients", number)
	}
	return nil
}

func signalOf(data []byte) (syscall.Signal, error) {
	var kill api.ExecKill
	if err := json.Unmarshal(data, &kill); err != nil {
		return 0, badFrame("a signal is malformed")
	}
	signal := unix.SignalNum("SIG" + strings.TrimPrefix(kill.Signal, "SIG"))
	if signal == 0 {
		return 0, badFrame("there is no signal %.20q", kill.Signal)
	}
	return signal, nil
}

// untilClosed drops input that the command does not want any more.
type untilClosed struct{ *io.PipeWriter }

// Write satisfies io.Writer.
func (w untilClosed) Write(p []byte) (int, error) {
	if n, err := w.PipeWriter.Write(p); err != nil && !errors.Is(err, io.ErrClosedPipe) {
		return n, err
	}
	return len(p), nil
}
