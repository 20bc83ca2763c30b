package cli

import (
	"context"
	"os"
	"os/signal"
	"slices"
	"sync"
	"syscall"
	"time"
)

// impatience is within how much time a second Ctrl-C ends the waiting for the guest.
const impatience = 2 * time.Second

// signals decides what becomes of the signals that this process gets: they end
// what it does, or go to the command in the guest while there is one.
type signals struct {
	caught  sync.Once
	mu      sync.Mutex
	forward chan<- syscall.Signal
	last    time.Time // of the latest Ctrl-C that was forwarded
}

// caught are those that end a program or mean something to many. What stops
// and continues a program is left alone.
var caught = []os.Signal{
	syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2,
}

// catch has signals end ctx by way of cancel, from now on. It is called when there is something
// to interrupt: it takes a millisecond that "banger version" does not pay.
func (s *signals) catch(ctx context.Context, cancel context.CancelCauseFunc) {
	incoming := make(chan os.Signal, 16)
	wanted := slices.DeleteFunc(slices.Clone(caught), signal.Ignored) // nohup and & stay in force
	if len(wanted) == 0 {
		return
	}
	signal.Notify(incoming, wanted...)
	go func() {
		defer signal.Stop(incoming)
		for {
			select {
			case <-ctx.Done():
				return
			case got := <-incoming:
				if sig := got.(syscall.Signal); !s.pass(sig) {
					cancel(interruption{sig})
				}
			}
		}
	}()
}

// pass sends a signal to the guest and reports whether it did.
func (s *signals) pass(sig syscall.Signal) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.forward == nil {
		return false
	}
	if sig == syscall.SIGINT {
		if time.Since(s.last) < impatience {
			return false
		}
		s.last = time.Now()
	}
	select {
	case s.forward <- sig:
		return true
	default:
		return sig != syscall.SIGINT // nobody takes them: the guest hangs
	}
}

// toGuest has signals forwarded until end is called.
func (s *signals) toGuest() (received <-chan syscall.Signal, end func()) {
	forward := make(chan syscall.Signal, 16)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forward, s.last = forward, time.Time{}
	return forward, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.forward = nil
	}
}
