package network

import (
	"encoding/json"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"banger/internal/network/resolver"
	"banger/internal/network/stack"
)

// Entry is one line of a network's log. Fields are added, never renamed. What the guest had a say in is printable.
type Entry struct {
	Time time.Time `json:"time"`
	// Event is opened, closed, refused or failed (the host could not connect); or skipped: there was more to tell in a second than is written.
	Event string `json:"event"`
	// Number is that of a connection, the same when it is opened, closed, and refused in between.
	Number   uint64 `json:"number,omitempty"`
	Protocol string `json:"protocol,omitempty"` // tcp, udp, ping, dns; frame: one whose addresses cannot be, as Error says
	// Name is what the guest asked for, or the names that led it to the address, with commas.
	Name    string `json:"name,omitempty"`
	Address string `json:"address,omitempty"`
	Port    uint16 `json:"port,omitempty"`
	// Said is the name that it gave inside the connection, when that was looked at.
	Said string `json:"said,omitempty"`
	Rule string `json:"rule,omitempty"`
	// Sent and Received are bytes from the guest and to it.
	Sent     int64   `json:"sent,omitempty"`
	Received int64   `json:"received,omitempty"`
	Seconds  float64 `json:"seconds,omitempty"`
	Error    string  `json:"error,omitempty"`
	Skipped  int     `json:"skipped,omitempty"` // how many entries
}

// A guest can be refused more often than anybody wants to read.
const (
	linesPerSecond = 200
	linesAtOnce    = 2000
)

func newLimit() *rate.Limiter { return rate.NewLimiter(linesPerSecond, linesAtOnce) }

// journal writes entries.
type journal struct {
	problems *slog.Logger

	mu      sync.Mutex
	w       io.Writer
	lines   *rate.Limiter
	skipped int
	failed  bool
}

// event is told by the stack.
func (j *journal) event(e stack.Event) {
	entry := Entry{
		Time: e.Time, Event: string(e.Kind), Number: e.Number, Protocol: string(e.Attempt.Protocol),
		Name: strings.Join(e.Attempt.Names, ","), Rule: e.Rule, Sent: e.Sent, Received: e.Received, Seconds: e.Duration.Seconds(),
	}
	if to := e.Attempt.Destination; to.IsValid() {
		entry.Address, entry.Port = to.Addr().String(), to.Port()
	}
	if g := e.Attempt.Greeting; g != nil {
		entry.Said = strings.Join(g.Names, ",")
	}
	if e.Err != nil {
		entry.Error = e.Err.Error()
	}
	j.write(entry)
}

// query is told by the resolver of what it refused.
func (j *journal) query(r resolver.Refusal) {
	j.write(Entry{Time: time.Now(), Event: string(stack.Refused), Protocol: "dns", Name: r.Name, Rule: r.Decision.Rule, Error: r.Decision.Text})
}

func (j *journal) write(e Entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.lines.Allow() {
		j.skipped++
		return
	}
	if j.skipped > 0 {
		j.put(Entry{Time: e.Time, Event: "skipped", Skipped: j.skipped})
		j.skipped = 0
	}
	j.put(e)
}

// put writes one line. A full disk is told once, until there is room again.
func (j *journal) put(e Entry) {
	e.Time = e.Time.UTC()
	line, err := json.Marshal(e)
	if err == nil {
		_, err = j.w.Write(append(line, '\n'))
	}
	if err != nil && !j.failed {
		j.problems.Error("write to the log of the network", slog.Any("error", err))
	}
	j.failed = err != nil
}
