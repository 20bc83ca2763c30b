package network

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"banger/internal/network/greeting"
	"banger/internal/network/policy"
	"banger/internal/network/resolver"
	"banger/internal/network/stack"
)

func TestEntries(t *testing.T) {
	var out bytes.Buffer
	j := &journal{w: &out, lines: newLimit(), problems: slog.New(slog.NewTextHandler(io.Discard, nil))}
	a := attempt("93.184.215.14:443", "a.example", "b.example")
	a.Greeting = &greeting.Greeting{Kind: greeting.TLS, Names: []string{"a.example"}}
	at := time.Date(2026, 11, 27, 12, 0, 0, 0, time.FixedZone("", 3600))
	j.event(stack.Event{Kind: stack.Closed, Number: 3, Time: at, Attempt: a, Rule: "allow=a.example", Sent: 5, Received: 7, Duration: 1500 * time.Millisecond, Err: errors.New("cut")})
	j.query(resolver.Refusal{Name: "evil\x1b.example", Type: "A", Decision: policy.Decision{Rule: "not-allowed", Text: "no"}})
	lines := strings.SplitAfter(out.String(), "\n")
	const want = `{"time":"2026-11-27T11:00:00Z","event":"closed","number":3,"protocol":"tcp","name":"a.example,b.example","address":"93.184.215.14","port":443,` +
		`"said":"a.example","rule":"allow=a.example","sent":5,"received":7,"seconds":1.5,"error":"cut"}` + "\n"
	if len(lines) != 3 || lines[0] != want {
		t.Errorf("got  %swant %s", lines[0], want)
	}
	var e Entry
	if err := json.Unmarshal([]byte(lines[1]), &e); err != nil || e.Event != "refused" || e.Protocol != "dns" || e.Name != "evil\x1b.example" || e.Rule != "not-allowed" || strings.ContainsRune(lines[1], 0x1b) {
		t.Errorf("%+v, %v", e, err)
	}
}

// TestFloodOfRefusals: a guest cannot make more lines than are read, and how many were left out is told.
func TestFloodOfRefusals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		j := &journal{w: &out, lines: newLimit()}
		refuse := func() { j.event(stack.Event{Kind: stack.Refused, Time: time.Now(), Attempt: attempt("10.0.0.1:1")}) }
		for range linesAtOnce + 50 {
			refuse()
		}
		if n := strings.Count(out.String(), "\n"); n != linesAtOnce {
			t.Errorf("%d lines, want %d", n, linesAtOnce)
		}
		out.Reset()
		time.Sleep(time.Second)
		refuse()
		if text := out.String(); !strings.Contains(text, `"event":"skipped","skipped":50}`) || strings.Count(text, "\n") != 2 {
			t.Errorf("afterwards: %s", text)
		}
	})
}

type full struct{ err error }

func (f *full) Write(p []byte) (int, error) { return len(p), f.err }

func TestFullDiskIsToldOnce(t *testing.T) {
	var log bytes.Buffer
	disk := &full{errors.New("no space left on device")}
	j := &journal{w: disk, lines: newLimit(), problems: slog.New(slog.NewTextHandler(&log, nil))}
	for _, err := range []error{disk.err, disk.err, nil, disk.err} {
		disk.err = err
		j.event(stack.Event{Kind: stack.Refused, Time: time.Now()})
	}
	if n := strings.Count(log.String(), "no space left"); n != 2 {
		t.Errorf("told %d times:\n%s", n, log.String())
	}
}
