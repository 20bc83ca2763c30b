package server

import (
	"context"
	"slices"
	"testing"
	"time"

	"banger/internal/vmm"
)

// machine notes when it is let run.
type machine struct {
	vmm.Machine
	events chan string
	done   chan struct{}
}

func (m machine) Resume(context.Context) error { m.events <- "the guest runs"; return nil }
func (m machine) Done() <-chan struct{}        { return m.done }

// TestStalledGuestStandsStillForACopy: the next try after a full disk waits until what is being copied is whole.
func TestStalledGuestStandsStillForACopy(t *testing.T) {
	m := machine{events: make(chan string, 2), done: make(chan struct{})}
	s := &server{machine: m, stall: newStall()}
	s.copying.Lock()
	went := make(chan bool)
	go func() { went <- s.goesOn() }()
	time.Sleep(stallPause + stallSettle) // in which it would have been let run
	m.events <- "the copy is whole"
	s.copying.Unlock()
	if !<-went {
		t.Error("it does not go on")
	}
	if got := []string{<-m.events, <-m.events}; !slices.Equal(got, []string{"the copy is whole", "the guest runs"}) {
		t.Errorf("%q", got)
	}
}
