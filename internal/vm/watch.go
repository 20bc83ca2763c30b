package vm

import (
	"context"
	"log/slog"
	"time"

	"banger/internal/model"
	"banger/internal/shim"
)

// watch waits in the background for a running VM's end and writes it down. The VM's
// lock is held, here and in unwatch.
func (f *Fleet) watch(id string) {
	ctx, cancel := context.WithCancel(f.life)
	f.mu.Lock()
	defer f.mu.Unlock()
	if stop := f.watched[id]; stop != nil {
		stop()
	}
	f.watched[id] = cancel
	f.watchers.Go(func() {
		defer cancel()
		f.awaitEnd(ctx, id)
	})
}

// unwatch is called by whoever is about to bring a VM to an end and will write that
// down itself.
func (f *Fleet) unwatch(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if stop := f.watched[id]; stop != nil {
		stop()
		delete(f.watched, id)
	}
	delete(f.stalled, id)
	delete(f.used, id)
}

// see takes a machine's word on how it is.
func (f *Fleet) see(ctx context.Context, id string, s shim.Status) {
	f.noteStall(ctx, id, s.Stalled)
	if f.noteUse(id, s.Used) {
		if err := f.rooms.Records.TouchVM(ctx, id, s.Used); err != nil && ctx.Err() == nil {
			f.rooms.Log.ErrorContext(ctx, "write down that a VM was used", slog.String("vm", id), slog.Any("error", err))
		}
	}
}

// noteUse keeps in mind when a VM was last used, and reports whether that is news.
func (f *Fleet) noteUse(id string, at time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !at.After(f.used[id]) {
		return false
	}
	f.used[id] = at
	return true
}

// noteStall keeps in mind whether a VM that is watched stands still.
func (f *Fleet) noteStall(ctx context.Context, id string, stalled bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch log := f.rooms.Log.With(slog.String("vm", id)); {
	case stalled == f.stalled[id]:
	case stalled:
		f.stalled[id] = true
		log.WarnContext(ctx, "the disk is full, and a VM stands still")
	default:
		delete(f.stalled, id)
		log.InfoContext(ctx, "a VM that stood still goes on")
	}
}

// retryPause keeps a fault that stays, such as no free descriptor, from keeping a core busy.
const retryPause = time.Second

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

func (f *Fleet) awaitEnd(ctx context.Context, id string) {
	log := f.rooms.Log.With(slog.String("vm", id))
	_, err := f.rooms.Machine(id).Watch(ctx, func(s shim.Status) { f.see(ctx, id, s) })
	if err != nil && ctx.Err() == nil {
		log.ErrorContext(ctx, "lost sight of a VM", slog.Any("error", err))
		pause(ctx, retryPause)
	}
	_, release, err := f.locks.take(ctx, id, ordinary)
	if err != nil {
		return // unwatched meanwhile, or the daemon ends
	}
	defer release()
	if ctx.Err() != nil {
		return
	}
	f.unwatch(id)
	ctx, cancel := unhurried(ctx)
	defer cancel()
	record, err := f.current(ctx, model.VMRecord{ID: id})
	if err == nil {
		err = f.settle(ctx, &record)
	}
	if err != nil {
		log.ErrorContext(ctx, "write down a VM's end", slog.Any("error", err))
		return
	}
	log.InfoContext(ctx, "VM ended", slog.String("name", record.Name), slog.String("reason", record.Runtime.Reason))
}
