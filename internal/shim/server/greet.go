package server

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"time"
	"unicode"

	"banger/internal/guestlink"
	"banger/internal/logfile"
	"banger/internal/problem"
	"banger/internal/shim"
)

// greet waits for the guest's agent. The wait ends as soon as it answers, the
// engine ends or the time is up.
func (s *server) greet(ctx context.Context) error {
	begin := time.Now()
	ctx, cancel := context.WithTimeout(ctx, s.launch.BootTimeout)
	defer cancel()
	go func() {
		select {
		case <-s.machine.Done():
			cancel()
		case <-ctx.Done():
		}
	}()
	phase, connect := "boot", guestlink.Connect
	if s.launch.State != "" {
		phase, connect = "wake", guestlink.Reconnect
	}
	session, err := connect(ctx, s.machine.Guest())
	if err != nil {
		return s.bootProblem(ctx, err)
	}
	s.mu.Lock()
	s.session = session
	s.mu.Unlock()
	s.phase(phase, begin)
	return nil
}

// endGrace is how long an engine may take from closing the guest link to its end.
const endGrace = 2 * time.Second

// bootProblem says which of the suspects it was.
func (s *server) bootProblem(ctx context.Context, err error) error {
	ended := s.hasEnded(ctx)
	words := s.lastWords()
	var p *problem.Error
	switch {
	case ended:
		p = problem.New(problem.GuestFailed, "the guest ended while it booted (%s)%s", s.machine.Exit().Cause, words)
	case s.stall.on.Load():
		return problem.New(problem.Exhausted, "the host's disk became full while the guest booted").
			WithRemedy("make room where banger keeps its state: banger vm list, banger image list")
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		p = problem.New(problem.Timeout, "the guest's agent did not answer in %s%s", s.launch.BootTimeout, words)
	case ctx.Err() != nil:
		return problem.New(problem.Canceled, "the start was called off while the guest booted")
	default:
		p = problem.New(problem.GuestFailed, "%w", err)
	}
	return p.WithRemedy("banger vm logs %s shows what its console said", s.name())
}

// hasEnded reports whether the engine is gone. When it was the link that failed, and
// not the wait that ended, the engine is probably about to be.
func (s *server) hasEnded(ctx context.Context) bool {
	var grace time.Duration
	if ctx.Err() == nil {
		grace = endGrace
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-s.machine.Done():
		return true
	case <-timer.C:
	}
	select {
	case <-s.machine.Done():
		return true
	default:
		return false
	}
}

// guest is the agent's greeting, nil while the guest boots.
func (s *server) guest() *guestlink.Hello {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.session == nil {
		return nil
	}
	peer := s.session.Peer()
	return &peer
}

// lastWords is the line of the console that best says why a guest ended: a panic,
// else the last one. It is empty when the console said nothing.
func (s *server) lastWords() string {
	const tail = 8 << 10
	f, err := os.Open(s.path(shim.ConsoleFile))
	if err != nil {
		return ""
	}
	defer f.Close()
	if end, err := f.Seek(0, io.SeekEnd); err == nil {
		f.Seek(max(0, end-tail), io.SeekStart)
	}
	var text bytes.Buffer
	io.Copy(logfile.Unstamped(&text), io.LimitReader(f, tail))
	return wordsOf(text.Bytes())
}

func wordsOf(console []byte) string {
	const width = 200
	var words string
	for line := range bytes.Lines(console) {
		clean := strings.TrimSpace(strings.Map(printable, string(line)))
		if clean == "" {
			continue
		}
		words = clean
		if strings.Contains(clean, "Kernel panic") {
			break
		}
	}
	if words == "" {
		return ""
	}
	if runes := []rune(words); len(runes) > width {
		words = string(runes[:width])
	}
	return "; its console said: " + words
}

// printable drops what could drive a terminal: the console is the guest's.
func printable(r rune) rune {
	if r == '\t' {
		return ' '
	}
	if !unicode.IsPrint(r) {
		return -1
	}
	return r
}
