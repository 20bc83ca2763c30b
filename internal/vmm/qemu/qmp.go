package qemu

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

const (
	// commandTimeout bounds one command. QEMU answers in microseconds unless the host
	// is starved, or QEMU is not itself any more.
	commandTimeout = 60 * time.Second
	// maxReply bounds one message from QEMU, in bytes.
	maxReply = 1 << 20
)

// errMonitorClosed means that QEMU closed the monitor, usually because it has ended.
var errMonitorClosed = errors.New("QEMU's monitor is closed")

// monitor speaks QMP, QEMU's machine protocol: one JSON object a line. See
// docs/interop/qmp-spec.txt in QEMU's source.
type monitor struct {
	conn    net.Conn
	onEvent func(event) // called on the reading goroutine
	ended   chan struct{}

	mu      sync.Mutex
	lastID  int
	waiting map[int]chan message
}

// event is what QEMU reports by itself.
type event struct {
	Name string `json:"event"`
	Data struct {
		Reason  string `json:"reason"`
		Action  string `json:"action"`
		NoSpace bool   `json:"nospace"`
		Status  string `json:"status"`
	} `json:"data"`
}

// message is anything that QEMU sends; which fields are set tells what it is.
type message struct {
	event
	ID     int             `json:"id"`
	Return json.RawMessage `json:"return"`
	Error  *struct {
		Class       string `json:"class"`
		Description string `json:"desc"`
	} `json:"error"`
}

// newMonitor takes over conn. It is ready once negotiate has succeeded.
func newMonitor(conn net.Conn, onEvent func(event)) *monitor {
	m := &monitor{conn: conn, onEvent: onEvent, ended: make(chan struct{}), waiting: map[int]chan message{}}
	go m.read()
	return m
}

// negotiate leaves the greeting mode. QEMU answers it once the machine is built.
func (m *monitor) negotiate(ctx context.Context) error {
	return m.execute(ctx, "qmp_capabilities", nil)
}

// execute runs a command and waits for its answer. A file goes along as a descriptor.
func (m *monitor) execute(ctx context.Context, command string, arguments any, files ...*os.File) error {
	ctx, cancel := context.WithTimeoutCause(ctx, commandTimeout, fmt.Errorf("QEMU did not answer in %s", commandTimeout))
	defer cancel()
	id, answer := m.expect()
	defer m.forget(id)
	if err := m.send(ctx, request{command, arguments, id}, files); err != nil {
		return err
	}
	select {
	case reply := <-answer:
		if reply.Error != nil {
			return fmt.Errorf("QEMU refused %s: %s", command, reply.Error.Description)
		}
		return nil
	case <-m.ended:
		return errMonitorClosed
	case <-ctx.Done():
		return fmt.Errorf("wait for QEMU's answer to %s: %w", command, context.Cause(ctx))
	}
}

// request is a command.
type request struct {
	Execute   string `json:"execute"`
	Arguments any    `json:"arguments,omitempty"`
	ID        int    `json:"id"`
}

// send writes a request. QEMU keeps a descriptor that arrives with it for the command that wants one (getfd, add-fd).
func (m *monitor) send(ctx context.Context, r request, files []*os.File) error {
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	line = append(line, '\n')
	deadline, _ := ctx.Deadline()
	m.conn.SetWriteDeadline(deadline)
	if len(files) == 0 {
		_, err = m.conn.Write(line)
	} else {
		err = sendFiles(m.conn, line, files)
	}
	if err != nil {
		return errors.Join(errMonitorClosed, err)
	}
	return nil
}

func sendFiles(conn net.Conn, line []byte, files []*os.File) error {
	var fds []int
	for _, f := range files {
		fds = append(fds, int(f.Fd()))
	}
	_, _, err := conn.(*net.UnixConn).WriteMsgUnix(line, syscall.UnixRights(fds...), nil)
	return err
}

func (m *monitor) expect() (int, <-chan message) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lastID++
	answer := make(chan message, 1)
	m.waiting[m.lastID] = answer
	return m.lastID, answer
}

func (m *monitor) forget(id int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.waiting, id)
}

// read hands out what QEMU sends until it closes the connection or breaks the rules.
func (m *monitor) read() {
	defer close(m.ended)
	defer m.conn.Close()
	lines := bufio.NewScanner(m.conn)
	lines.Buffer(nil, maxReply)
	for lines.Scan() {
		var msg message
		if json.Unmarshal(lines.Bytes(), &msg) != nil {
			return
		}
		if msg.Name != "" {
			m.onEvent(msg.event)
			continue
		}
		m.deliver(msg)
	}
}

// deliver drops what nobody waits for: the greeting, and answers that came too late.
func (m *monitor) deliver(msg message) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if answer, ok := m.waiting[msg.ID]; ok {
		delete(m.waiting, msg.ID)
		answer <- msg
	}
}
