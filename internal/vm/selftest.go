package vm

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"
	"unicode"

	"banger/internal/guestlink"
	"banger/internal/problem"
)

// asFork adds what a guest must be told that goes on from a template.
func (b *boot) asFork(c *guestlink.Configure) {
	c.Forked, c.Connected, c.BootID = true, b.only, newUUID() // what only one VM can go on from was a VM
	b.guest.BootID = c.BootID                                 // until now it was the template's
	c.Disks = b.larger(b.record.Spec)
}

// newUUID is a random one (RFC 9562, version 4).
func newUUID() string {
	var u [16]byte
	rand.Read(u[:]) // never fails
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}

// maxSkew is how far a guest's clock may be from the host's: TLS and make care about more.
const maxSkew = 2 * time.Second

// clockTries is how often a guest's clock is set before it counts as wrong. What a busy host takes to pass the time on, and
// the answer back, is part of the difference that it sees.
const clockTries = 5

// setClock sets the guest's clock again and gives how far it is off then, at most.
func (b *boot) setClock(ctx context.Context) (skew time.Duration, err error) {
	test, err := b.machine.Configure(ctx, guestlink.Configure{Now: time.Now()})
	return time.Until(test.Now), err
}

// judge adds to what a guest found out about itself what only the host can know. The result is a line for each
// thing; one that is not as it should be is an error.
func (b *boot) judge(test guestlink.SelfTest, skew time.Duration) ([]string, error) {
	checks := test.Checks[:min(len(test.Checks), maxChecks)]
	clock := guestlink.Check{Name: "clock"}
	if skew.Abs() > maxSkew {
		clock.Failure = fmt.Sprintf("it is off by %s", skew.Round(time.Millisecond))
	}
	random := guestlink.Check{Name: "random numbers"}
	if b.template != nil && !b.template.Unlike(test.Random) {
		random.Failure = "they are those of another fork"
	}
	var lines, failures []string
	for _, c := range append([]guestlink.Check{clock, random}, checks...) {
		line := printable(c.Name) + ": ok"
		if c.Failure != "" {
			line = printable(c.Name) + ": " + printable(c.Failure)
			failures = append(failures, line)
		}
		lines = append(lines, line)
	}
	if len(failures) > 0 {
		return lines, problem.New(problem.GuestFailed, "the guest's self-test failed: %s", strings.Join(failures, "; ")).
			WithRemedy("banger vm logs %s shows its console", b.record.Name)
	}
	return lines, nil
}

// The guest is free to say anything: so many checks, and so much text of each, are kept.
const (
	maxChecks = 16
	maxText   = 200
)

func printable(text string) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text[:min(len(text), maxText)])
	return strings.ToValidUTF8(text, "?")
}

// Health is how a VM is.
type Health struct {
	// SelfTest is of its latest start, a line each.
	SelfTest []string
	// Agent is what the guest's agent says of itself now; nothing of it can be relied on.
	Agent guestlink.Info
}

// healthTimeout bounds the wait for the agent of a guest that may be busy.
const healthTimeout = 10 * time.Second

// Health asks a running VM's agent how it is.
func (f *Fleet) Health(ctx context.Context, ref string) (Health, error) {
	record, err := f.resolve(ctx, ref)
	if err != nil {
		return Health{}, err
	}
	resp, err := f.askGuest(ctx, record, guestlink.OpInfo)
	if err != nil {
		return Health{}, err
	}
	if resp.Info == nil {
		return Health{}, problem.New(problem.GuestFailed, "the agent of VM %q gave no proper answer", record.Name)
	}
	return Health{SelfTest: record.Runtime.SelfTest, Agent: *resp.Info}, nil
}
