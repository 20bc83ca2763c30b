package qemu

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"banger/internal/vmm"
)

// Save writes the machine down: its devices by a command that QEMU has for Xen and that works without it, since it leaves
// the memory out; of the memory the pages that the guest has made its own.
func (m *Machine) Save(ctx context.Context, to vmm.Frozen) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		if err := m.saveDevices(ctx, to); err != nil {
			return fmt.Errorf("save the state of the machine's devices: %w", err)
		}
		return nil
	})
	group.Go(func() error {
		if err := saveOwnPages(ctx, m.PID(), ram{m.memory, m.size}, to.Memory); err != nil {
			return fmt.Errorf("save the machine's memory: %w", err)
		}
		return nil
	})
	return group.Wait()
}

// savedSet is the number of the descriptor set of a state that is being saved; disks have those from 0 up.
const savedSet = 1000

func (m *Machine) saveDevices(ctx context.Context, to vmm.Frozen) error {
	set := map[string]any{"fdset-id": savedSet}
	if err := m.monitor.execute(ctx, "add-fd", set, to.State); err != nil {
		return err
	}
	err := m.monitor.execute(ctx, "xen-save-devices-state", map[string]any{
		"filename": fmt.Sprintf("/dev/fdset/%d", savedSet), "live": false,
	})
	return errors.Join(err, m.monitor.execute(context.WithoutCancel(ctx), "remove-fd", set))
}

// restore loads a state and lets the guest go on.
func (m *Machine) restore(ctx context.Context, spec vmm.Spec) error {
	const name = "state"
	events := []any{map[string]any{"capability": "events", "state": true}}
	err := m.monitor.execute(ctx, "migrate-set-capabilities", map[string]any{"capabilities": events})
	if err == nil {
		err = m.monitor.execute(ctx, "getfd", map[string]any{"fdname": name}, spec.Restore.State)
	}
	if err == nil {
		err = m.monitor.execute(ctx, "migrate-incoming", map[string]any{"uri": "fd:" + name})
	}
	if err == nil {
		err = m.awaitLoad(ctx)
	}
	if err == nil {
		err = m.growDisks(ctx, spec.Disks)
	}
	if err == nil {
		err = m.Resume(ctx)
	}
	return err
}

var errNotLoaded = errors.New("QEMU cannot load the saved state")

// noteLoad is told how far the loading of a state is.
func (m *Machine) noteLoad(status string) {
	var err error
	switch status {
	case "completed":
	case "failed":
		err = errNotLoaded
	default:
		return
	}
	select {
	case m.loaded <- err:
	default: // it has said so before
	}
}

func (m *Machine) awaitLoad(ctx context.Context) error {
	select {
	case err := <-m.loaded:
		return err
	case <-m.monitor.ended: // QEMU ends when it cannot load a state
		return errors.Join(errNotLoaded, errMonitorClosed)
	case <-ctx.Done():
		return fmt.Errorf("wait for QEMU to load the saved state: %w", context.Cause(ctx))
	}
}

func (m *Machine) growDisks(ctx context.Context, disks []vmm.Disk) error {
	for i, d := range disks {
		info, err := d.File.Stat()
		if err != nil {
			return err
		}
		if d.Size <= info.Size() {
			continue
		}
		if err := m.GrowDisk(ctx, i, d.Size); err != nil {
			return fmt.Errorf("grow the disk %q: %w", d.Serial, err)
		}
	}
	return nil
}

// GrowDisk makes a disk's file larger and tells the guest.
func (m *Machine) GrowDisk(ctx context.Context, disk int, size int64) error {
	return m.monitor.execute(ctx, "block_resize", map[string]any{"node-name": nodeName(disk), "size": size})
}
