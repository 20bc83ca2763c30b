package daemon

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"banger/api"
)

const (
	eventStream = "text/event-stream"
	// sendTimeout bounds the wait for a client that does not read.
	sendTimeout = 10 * time.Second
	// backlog is how many words of progress wait for a client; what is more is dropped.
	backlog = 64
)

// eventWriter writes server-sent events. It calls giveUp when the client does not take what it is sent.
type eventWriter struct {
	w       io.Writer
	control *http.ResponseController
	giveUp  func()
}

// stream begins a response of server-sent events.
func stream(c huma.Context, giveUp func()) *eventWriter {
	c.SetHeader("Content-Type", eventStream)
	c.SetHeader("Cache-Control", "no-store")
	c.SetStatus(http.StatusOK)
	return newEventWriter(c.BodyWriter(), giveUp)
}

func newEventWriter(w io.Writer, giveUp func()) *eventWriter {
	e := &eventWriter{w: w, giveUp: giveUp}
	if rw, ok := w.(http.ResponseWriter); ok {
		e.control = http.NewResponseController(rw)
	}
	e.flush()
	return e
}

func (e *eventWriter) send(name string, data any) {
	text, err := json.Marshal(data)
	if err != nil {
		name, text = "error", []byte(`{"code":"internal","detail":"the answer cannot be written as JSON"}`)
	}
	if e.control != nil {
		e.control.SetWriteDeadline(time.Now().Add(sendTimeout))
	}
	if _, err := fmt.Fprintf(e.w, "event: %s\ndata: %s\n\n", name, text); err != nil || e.flush() != nil {
		e.giveUp()
	}
}

func (e *eventWriter) flush() error {
	if e.control == nil {
		return nil
	}
	return e.control.Flush()
}

// listener has one client hear of an operation. It sends from a goroutine of its own, so that no operation waits for a client that
// reads slowly.
type listener struct {
	*eventWriter
	written chan struct{}

	mu     sync.Mutex
	closed bool
	queue  chan api.Progress
}

func listen(to *eventWriter) *listener {
	l := &listener{eventWriter: to, queue: make(chan api.Progress, backlog), written: make(chan struct{})}
	go func() {
		defer close(l.written)
		for p := range l.queue {
			l.send("progress", p)
		}
	}()
	return l
}

// progress sends a word of progress soon. What comes after finish or leave is dropped.
func (l *listener) progress(p api.Progress) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	select {
	case l.queue <- p:
	default:
	}
}

// finish sends the last event, after all progress, unless the listener has left.
func (l *listener) finish(name string, data any) {
	if l.leave() {
		l.send(name, data)
	}
}

// leave makes the listener hear no more, and reports whether it did until now.
func (l *listener) leave() bool {
	l.mu.Lock()
	left := l.closed
	if !left {
		l.closed = true
		close(l.queue)
	}
	l.mu.Unlock()
	<-l.written
	return !left
}
