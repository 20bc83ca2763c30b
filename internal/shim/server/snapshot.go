package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"banger/internal/disk"
	"banger/internal/guestlink"
	"banger/internal/problem"
	"banger/internal/shim"
	"banger/internal/vmm"
)

// freezeTimeout bounds the wait for the agent to hold still, and for the engine to stop and to go on. Copying
// has no bound but the caller's patience: it depends on the disk.
const freezeTimeout = 10 * time.Second

// markTimeout bounds the wait for the guest to write its buffers to its disks, before it is made to stand still.
const markTimeout = 2 * time.Minute

// snapshot writes memory, state and writable disks, all of one moment, into a folder and tells how long the
// guest stood still for it. The files are not synced.
func (s *server) snapshot(dir string) (paused time.Duration, err error) {
	session := s.guestSession()
	if session == nil {
		return 0, problem.New(problem.Conflict, "the guest still boots")
	}
	if s.stall.on.Load() {
		return 0, problem.New(problem.Exhausted, "the guest stands still because the host's disk is full")
	}
	s.copying.Lock()
	defer s.copying.Unlock()
	if s.pause.now() {
		return 0, problem.New(problem.Conflict, "the guest is paused")
	}
	to, err := s.prepare(dir)
	if err != nil {
		return 0, err
	}
	defer to.Memory.Close()
	defer to.State.Close()
	ctx, cancel := context.WithTimeout(context.Background(), markTimeout)
	defer cancel()
	if _, err := session.Call(ctx, guestlink.Request{Op: guestlink.OpMark}); err != nil {
		return 0, err
	}
	ctx, cancel = context.WithTimeout(context.Background(), freezeTimeout)
	defer cancel()
	if err := session.Freeze(ctx); err != nil {
		return 0, err
	}
	begun := time.Now()
	err = s.machine.Pause(ctx)
	if err == nil {
		err = s.copyAll(dir, to)
	}
	err = errors.Join(err, s.goOn())
	paused = time.Since(begun)
	if err = errors.Join(err, session.Thaw()); err == nil {
		err = setClock(session)
	}
	return paused, err
}

// setClock puts the guest's clock right, which stood still with the guest.
func setClock(session *guestlink.Session) error {
	ctx, cancel := context.WithTimeout(context.Background(), freezeTimeout)
	defer cancel()
	_, err := session.Call(ctx, guestlink.Request{Op: guestlink.OpConfigure, Configure: &guestlink.Configure{Now: time.Now()}})
	return err
}

// goOn lets the guest run again, whatever became of its copy.
func (s *server) goOn() error {
	ctx, cancel := context.WithTimeout(context.Background(), freezeTimeout)
	defer cancel()
	_, err := s.pause.goOn(ctx, s.machine) // it is not paused: that waits for copies
	return err
}

// prepare does before the pause what can be done then: the memory of a restored machine is copied as
// it began, so that only what the guest has changed is left to write.
func (s *server) prepare(dir string) (to vmm.Frozen, err error) {
	to.Memory, err = os.OpenFile(filepath.Join(dir, shim.MemoryFile), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return to, err
	}
	to.State, err = os.OpenFile(filepath.Join(dir, shim.StateFile), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err == nil && s.memory != nil {
		err = disk.CopySparse(context.Background(), to.Memory, s.memory)
	} else if err == nil {
		err = to.Memory.Truncate(int64(s.launch.MemoryMiB) << 20)
	}
	if err != nil {
		to.Memory.Close()
		to.State.Close()
		return to, fmt.Errorf("copy the memory that the machine began with: %w", err)
	}
	return to, nil
}

func (s *server) copyAll(dir string, to vmm.Frozen) error {
	group, ctx := errgroup.WithContext(context.Background())
	group.Go(func() error { return s.machine.Save(ctx, to) })
	for _, d := range s.launch.Disks {
		if !d.ReadOnly {
			group.Go(func() error { return disk.CloneUnsynced(ctx, d.Path, filepath.Join(dir, shim.DiskFile(d.Serial))) })
		}
	}
	return group.Wait()
}
