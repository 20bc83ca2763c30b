package qemu

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

const greeting = `{"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}}, "capabilities": ["oob"]}}`

// peer plays QEMU's side of a monitor. Its answers are written by the test.
type peer struct {
	conn  net.Conn
	lines *bufio.Scanner
}

func newPeer(t *testing.T, onEvent func(event)) (*monitor, *peer) {
	t.Helper()
	here, there := net.Pipe()
	m := newMonitor(here, onEvent)
	t.Cleanup(func() {
		there.Close()
		<-m.ended
	})
	return m, &peer{conn: there, lines: bufio.NewScanner(there)}
}

func (p *peer) say(t *testing.T, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if _, err := io.WriteString(p.conn, line+"\r\n"); err != nil {
			t.Error(err)
		}
	}
}

func (p *peer) hear(t *testing.T) string {
	t.Helper()
	if !p.lines.Scan() {
		t.Errorf("no command arrived: %v", p.lines.Err())
	}
	return p.lines.Text()
}

func TestMonitorMatchesAnswersAndEvents(t *testing.T) {
	events := make(chan event, 1)
	m, p := newPeer(t, func(e event) { events <- e })
	go func() {
		p.say(t, greeting)
		p.hear(t)
		p.say(t, `{"event": "SHUTDOWN", "data": {"guest": true, "reason": "guest-reset"}}`,
			`{"return": {}, "id": 77}`, // for nobody
			`{"return": {}, "id": 1}`)
		p.hear(t)
		p.say(t, `{"id": 2, "error": {"class": "GenericError", "desc": "not now"}}`)
	}()
	if err := m.negotiate(t.Context()); err != nil {
		t.Errorf("negotiate: %v", err)
	}
	if e := <-events; e.Name != "SHUTDOWN" || e.Data.Reason != "guest-reset" {
		t.Errorf("event %+v", e)
	}
	if err := m.execute(t.Context(), "stop", nil); err == nil || !strings.Contains(err.Error(), "not now") {
		t.Errorf("a refused command: %v, want QEMU's words", err)
	}
}

func TestMonitorForgetsLateAnswers(t *testing.T) {
	m, p := newPeer(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		p.hear(t)
		cancel()
	}()
	if err := m.execute(ctx, "stop", nil); !errors.Is(err, context.Canceled) {
		t.Fatalf("a command without an answer: %v", err)
	}
	go func() {
		p.say(t, `{"error": {"class": "X", "desc": "of the first"}, "id": 1}`)
		p.hear(t)
		p.say(t, `{"return": {}, "id": 2}`)
	}()
	if err := m.execute(t.Context(), "cont", nil); err != nil {
		t.Errorf("the next command got %v", err)
	}
}

func TestMonitorEndsWhenQEMUBreaksTheRules(t *testing.T) {
	for name, say := range map[string]string{
		"no JSON":            "hello\n",
		"an endless message": strings.Repeat("x", maxReply+1),
		"deep JSON":          strings.Repeat("[", 20000) + "\n",
		"a closed stream":    "",
	} {
		t.Run(name, func(t *testing.T) {
			m, p := newPeer(t, nil)
			go func() {
				p.hear(t)
				io.WriteString(p.conn, say)
				p.conn.Close()
			}()
			if err := m.negotiate(t.Context()); !errors.Is(err, errMonitorClosed) {
				t.Errorf("got %v, want %v", err, errMonitorClosed)
			}
		})
	}
}

// A QEMU that does not even read must not block the caller.
func TestMonitorGivesUpWriting(t *testing.T) {
	m, _ := newPeer(t, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := m.execute(ctx, "stop", nil); err == nil {
		t.Error("a command that nobody read succeeded")
	}
}

func FuzzMonitor(f *testing.F) {
	f.Add([]byte(greeting + "\n" + `{"return": {}, "id": 1}` + "\n"))
	f.Add([]byte(`{"event": "SHUTDOWN", "data": {"reason": "guest-shutdown"}}` + "\n"))
	f.Add([]byte(`{"id": 1, "error": null}` + "\n"))
	f.Fuzz(func(t *testing.T, said []byte) {
		here, there := net.Pipe()
		m := newMonitor(here, func(event) {})
		go io.Copy(io.Discard, there)
		go m.execute(t.Context(), "stop", nil)
		there.Write(said)
		there.Close()
		<-m.ended
	})
}
