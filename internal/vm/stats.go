package vm

import (
	"context"
	"errors"
	"time"

	"banger/internal/guestlink"
	"banger/internal/machine"
	"banger/internal/problem"
	"banger/internal/shim"
)

// Stats is what a running VM uses at one moment.
type Stats struct {
	ID, Name string
	At       time.Time
	Usage    shim.Usage
	// Disk is what its disks take on the host, in bytes.
	Disk int64
	// Guest is what its agent says, nil when that did not answer soon.
	Guest *guestlink.Info
}

// statsTimeout bounds the wait for the guest: whoever shows a live table wants the rest of it each second.
const statsTimeout = 500 * time.Millisecond

// Stats tells what a running VM uses.
func (f *Fleet) Stats(ctx context.Context, ref string) (Stats, error) {
	record, err := f.resolve(ctx, ref)
	if err != nil {
		return Stats{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	m := f.rooms.Machine(record.ID)
	answered := make(chan *guestlink.Info, 1)
	go func() {
		ctx, cancel := context.WithTimeout(ctx, statsTimeout)
		defer cancel()
		resp, err := m.Call(ctx, guestlink.Request{Op: guestlink.OpInfo})
		if err != nil {
			resp.Info = nil // the rest is worth showing without it
		}
		answered <- resp.Info
	}()
	s := Stats{ID: record.ID, Name: record.Name, At: time.Now()}
	s.Usage, err = m.Usage(ctx)
	if err == nil {
		s.Disk, err = m.DiskUsage()
	}
	s.Guest = <-answered
	if errors.Is(err, machine.ErrNotRunning) {
		err = problem.New(problem.Conflict, "VM %q does not run", record.Name).WithRemedy("banger vm start %s", record.Name)
	}
	return s, err
}
