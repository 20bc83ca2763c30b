package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"banger/internal/model"
	"banger/internal/problem"
)

const upsertVM = `INSERT INTO vms (id, name, image_id, guest_ip, state, created_at, updated_at, last_touched_at,
	spec_json, runtime_json, stats_json)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, image_id = excluded.image_id, guest_ip = excluded.guest_ip,
	state = excluded.state, updated_at = excluded.updated_at, last_touched_at = excluded.last_touched_at,
	spec_json = excluded.spec_json, runtime_json = excluded.runtime_json, stats_json = excluded.stats_json`

// UpsertVM writes a VM. One that has the id already keeps its creation time, and the
// JSON fields that this version does not know. A name that another VM has is a
// problem.Taken, an image that does not exist a problem.NotFound.
func (s *Store) UpsertVM(ctx context.Context, vm model.VMRecord) error {
	err := s.change(ctx, func(tx *sql.Tx) error { return putVM(ctx, tx, asStored(vm)) })
	if err != nil {
		return fmt.Errorf("record VM %.64q: %w", vm.Name, err)
	}
	return nil
}

// asStored brings a record's times into the form in which they come back.
func asStored(vm model.VMRecord) model.VMRecord {
	for _, t := range []*time.Time{&vm.CreatedAt, &vm.UpdatedAt, &vm.LastTouchedAt, &vm.Runtime.StartedAt, &vm.Runtime.StoppedAt} {
		*t = t.UTC().Truncate(time.Second)
	}
	return vm
}

// putVM checks and writes one row. Checks and write see the same rows, since nobody
// else can write before the transaction's end.
func putVM(ctx context.Context, tx *sql.Tx, vm model.VMRecord) error {
	if !vm.State.Valid() {
		return problem.New(problem.Internal, "%.40q is no state of a VM", vm.State)
	}
	if err := nameIsFree(ctx, tx, "vm", vm.ID, vm.Name); err != nil {
		return err
	}
	if err := imageExists(ctx, tx, vm.ImageID); err != nil {
		return err
	}
	stored, err := storedDocuments(ctx, tx, vm.ID)
	if err != nil {
		return err
	}
	spec, errSpec := merge(stored.spec, vm.Spec)
	runtime, errRuntime := merge(stored.runtime, vm.Runtime)
	stats, errStats := merge(stored.stats, vm.Stats)
	if err := errors.Join(errSpec, errRuntime, errStats); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, upsertVM, vm.ID, vm.Name, vm.ImageID, vm.Runtime.GuestIP, vm.State,
		formatTime(vm.CreatedAt), formatTime(vm.UpdatedAt), formatTime(vm.LastTouchedAt), spec, runtime, stats)
	return err
}

func imageExists(ctx context.Context, tx *sql.Tx, id string) error {
	var there bool
	err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM images WHERE id = ?)", id).Scan(&there)
	if err == nil && !there {
		return missing("image", id, ErrNotFound)
	}
	return err
}

// VM finds a VM by its id.
func (s *Store) VM(ctx context.Context, id string) (model.VMRecord, error) {
	return s.oneVM(ctx, id, "id = ?", id)
}

// VMByName finds a VM by its exact name.
func (s *Store) VMByName(ctx context.Context, name string) (model.VMRecord, error) {
	return s.oneVM(ctx, name, "name = ?", name)
}

// VMByIDOrName finds a VM by its exact id or its exact name; an id counts more.
func (s *Store) VMByIDOrName(ctx context.Context, ref string) (model.VMRecord, error) {
	return s.oneVM(ctx, ref, "id = ? OR name = ? ORDER BY id = ? DESC LIMIT 1", ref, ref, ref)
}

func (s *Store) oneVM(ctx context.Context, ref, where string, args ...any) (model.VMRecord, error) {
	row, err := queryOne(ctx, s.read, scanVM, "SELECT "+vmColumns+" FROM vms WHERE "+where, args...)
	if err != nil {
		return model.VMRecord{}, missing("vm", ref, err)
	}
	vm, err := row.record()
	return vm, missing("vm", ref, err)
}

// VMs returns all VMs, oldest first.
func (s *Store) VMs(ctx context.Context) ([]model.VMRecord, error) {
	return s.listVMs(ctx, "")
}

// VMsUsingImage returns the VMs of an image, oldest first.
func (s *Store) VMsUsingImage(ctx context.Context, imageID string) ([]model.VMRecord, error) {
	return s.listVMs(ctx, " WHERE image_id = ?", imageID)
}

// listVMs sorts here, not in SQL: times in different zones do not sort as text.
func (s *Store) listVMs(ctx context.Context, where string, args ...any) ([]model.VMRecord, error) {
	rows, err := query(ctx, s.read, scanVM, "SELECT "+vmColumns+" FROM vms"+where, args...)
	if err != nil {
		return nil, fmt.Errorf("list the VMs: %w", err)
	}
	slices.SortFunc(rows, func(a, b *vmRow) int {
		return cmp.Or(a.vm.CreatedAt.Compare(b.vm.CreatedAt), cmp.Compare(a.vm.ID, b.vm.ID))
	})
	vms, err := records(rows)
	if err != nil {
		return nil, fmt.Errorf("list the VMs: %w", err)
	}
	return vms, nil
}

// DeleteVM removes a VM's row, and with it frees its name and address.
func (s *Store) DeleteVM(ctx context.Context, id string) error {
	err := s.change(ctx, func(tx *sql.Tx) error { return deleteRow(ctx, tx, "DELETE FROM vms WHERE id = ?", id) })
	return missing("vm", id, err)
}
