package vm

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"banger/internal/model"
	"banger/internal/problem"
	"banger/internal/store"
)

// save writes a record down.
func (f *Fleet) save(ctx context.Context, record *model.VMRecord) error {
	record.UpdatedAt = now()
	f.mu.Lock()
	if used := f.used[record.ID]; used.After(record.LastTouchedAt) { // since the record was read
		record.LastTouchedAt = used.UTC()
	}
	f.mu.Unlock()
	if err := f.rooms.Records.UpsertVM(ctx, *record); err != nil {
		return fmt.Errorf("write down the state of VM %q: %w", record.Name, err)
	}
	f.rooms.Changed(ctx, *record)
	if !record.State.Live() {
		f.ends.tell(record.ID)
	}
	return nil
}

// move brings a record into the state that follows on e, with a reason that may be empty.
func (f *Fleet) move(ctx context.Context, record *model.VMRecord, e event, reason string) error {
	state, err := next(*record, e)
	if err != nil {
		return err
	}
	moved := *record
	moved.State, moved.Runtime.Reason = state, reason
	if err := f.save(ctx, &moved); err != nil {
		return err
	}
	*record = moved
	return nil
}

// current reads a record anew, which must be done once its VM's lock is held.
func (f *Fleet) current(ctx context.Context, record model.VMRecord) (model.VMRecord, error) {
	found, err := f.rooms.Records.VM(ctx, record.ID)
	if errors.Is(err, store.ErrNotFound) {
		return found, problem.New(problem.NotFound, "VM %q has been deleted meanwhile", record.Name)
	}
	return found, becauseOf(ctx, err)
}

// resolve finds a VM by name, id, or unique prefix of an id, in this order.
func (f *Fleet) resolve(ctx context.Context, ref string) (model.VMRecord, error) {
	record, err := f.rooms.Records.VMByName(ctx, ref)
	if !errors.Is(err, store.ErrNotFound) {
		return record, err
	}
	var matches []model.VMRecord
	if ref != "" {
		if matches, err = f.byPrefix(ctx, ref); err != nil {
			return model.VMRecord{}, err
		}
	}
	switch len(matches) {
	case 0:
		return model.VMRecord{}, problem.New(problem.NotFound, "no VM is called %.64q", ref).
			WithRemedy("banger vm list shows what there is")
	case 1:
		return matches[0], nil
	}
	return model.VMRecord{}, problem.New(problem.Ambiguous, "%q can mean %s", ref, named(matches)).
		WithRemedy("type more of the id, or the name")
}

func (f *Fleet) byPrefix(ctx context.Context, prefix string) ([]model.VMRecord, error) {
	records, err := f.rooms.Records.VMs(ctx)
	var matches []model.VMRecord
	for _, record := range records {
		if strings.HasPrefix(record.ID, prefix) {
			matches = append(matches, record)
		}
	}
	return matches, err
}

// named lists records as "web (1a2b3c4d...)", the first few of them.
func named(records []model.VMRecord) string {
	const most, digits = 10, 12
	var names []string
	for i, record := range records {
		if i == most {
			names = append(names, fmt.Sprintf("%d more", len(records)-most))
			break
		}
		names = append(names, fmt.Sprintf("%s (%.*s)", record.Name, digits, record.ID))
	}
	return strings.Join(names, ", ")
}
