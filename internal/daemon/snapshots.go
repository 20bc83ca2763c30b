package daemon

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/danielgtaylor/huma/v2"

	"banger/api"
	"banger/internal/disk"
	"banger/internal/machine"
	"banger/internal/model"
	"banger/internal/progress"
	"banger/internal/snapshot"
)

type (
	snapshotInput struct {
		VMInput
		Body api.SnapshotVM
	}
	restoreInput struct {
		VMInput
		Body api.RestoreVM
	}
)

func (s *server) serveSnapshots(a huma.API) {
	get(s, a, "/v1/snapshots", func(ctx context.Context, _ *struct{}) (api.SnapshotList, error) {
		all, err := s.fleet.Snapshots(ctx)
		list := api.SnapshotList{Snapshots: make([]api.Snapshot, len(all))}
		for i, snap := range all {
			list.Snapshots[i] = s.apiSnapshot(snap)
		}
		return list, err
	})
	get(s, a, "/v1/snapshots/{name}", func(ctx context.Context, in *nameInput) (api.Snapshot, error) {
		snap, err := s.fleet.SnapshotNamed(ctx, in.Name)
		return s.apiSnapshot(snap), err
	})
	remove(s, a, "/v1/snapshots/{name}", func(ctx context.Context, in *nameInput) error {
		return s.fleet.DeleteSnapshot(ctx, in.Name)
	})
	post(s, a, "/v1/vms/{ref}/snapshots", func(ctx context.Context, in *snapshotInput, sink progress.Sink) (any, error) {
		snap, err := s.fleet.Snapshot(ctx, in.Ref, in.Body.Name, sink)
		return s.apiSnapshot(snap), err
	})
	post(s, a, "/v1/vms/{ref}/restore", func(ctx context.Context, in *restoreInput, sink progress.Sink) (any, error) {
		restored, err := s.fleet.Restore(ctx, in.Ref, in.Body.Snapshot, in.Body.Force, sink)
		return api.Restored{Started: apiStarted(restored.Started), Safety: restored.Safety}, err
	})
}

func (s *server) apiSnapshot(snap model.Snapshot) api.Snapshot {
	v := api.Snapshot{ID: snap.ID, Name: snap.Name, VM: snap.VMName, VMID: snap.VMID, Memory: snap.Memory, Created: snap.CreatedAt}
	v.Size, _ = disk.TreeSize(filepath.Join(s.paths.Snapshots(), snap.ID)) // what cannot be read is shown without a size
	return v
}

// kept are snapshot's files as package vm wants them: of a VM by its id.
type kept struct {
	snapshot.Named
	machines *machine.Host
}

func (n kept) Save(ctx context.Context, id, vm string, runs bool) error {
	return n.Named.Save(ctx, id, n.machines.Machine(vm), runs)
}

// openNamed removes what a crash has left beside the snapshots that the database has.
func openNamed(ctx context.Context, o Options, r rooms, machines *machine.Host) (kept, error) {
	n := kept{snapshot.Named(o.Paths.Snapshots()), machines}
	all, err := r.store.Snapshots(ctx)
	if err != nil {
		return n, err
	}
	var known []string
	for _, snap := range all {
		known = append(known, snap.ID)
	}
	if err := n.Sweep(known); err != nil {
		return n, fmt.Errorf("remove what is left of snapshots: %w", err)
	}
	return n, nil
}
