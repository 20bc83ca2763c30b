package vm

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"time"

	"banger/internal/model"
	"banger/internal/namegen"
	"banger/internal/problem"
	"banger/internal/progress"
	"banger/internal/step"
	"banger/internal/store"
)

// Create makes a VM, and starts it when that is asked for. It is all or nothing:
// when it fails or ctx ends, no row and no file is left.
func (f *Fleet) Create(ctx context.Context, r Request, sink progress.Sink) (Started, error) {
	if err := f.check(r); err != nil {
		return Started{}, err
	}
	if err := f.mustBeFree(ctx, r.Name); err != nil {
		return Started{}, err
	}
	begin := time.Now()
	plan, err := inspect(ctx, r.Workspace)
	if err != nil {
		return Started{}, err
	}
	spec, imageName := f.spec(r), orDefault(r.Image, f.settings.Image)
	m, err := f.gather(ctx, spec, f.namedImage(imageName), sink)
	if err != nil {
		return Started{}, err
	}
	record := newRecord(r, spec, m.image.ID)
	var w way
	if r.Start {
		if w, err = f.takeSpare(ctx, spec, m); err != nil {
			return Started{}, err
		}
	}
	if w.spare != nil {
		record.ID = w.spare.MachineID()
	}
	held, release, err := f.locks.take(ctx, record.ID, ordinary)
	if err != nil {
		return Started{}, errors.Join(err, w.discard(ctx))
	}
	defer release()
	b := f.newBoot(&record, m, w, sink)
	b.phase("prepare", begin)
	if plan != nil {
		b.parcel = &parcel{plan: plan, dir: f.rooms.Workspace(record.ID)}
	}
	return f.create(held, b, r)
}

func (f *Fleet) create(ctx context.Context, b *boot, r Request) (Started, error) {
	id := b.record.ID
	steps := []step.Step{{
		Name: "take a spare",
		Undo: b.discard, Observe: f.exists(id),
	}, {
		Name: "reserve its name and address",
		Do: func(ctx context.Context) error {
			return f.admit(ctx, b.record, r.Start, func(ctx context.Context) error { return f.reserve(ctx, b.record, r.Name == "") })
		},
		Undo:    func(ctx context.Context) error { return f.remove(ctx, *b.record) },
		Observe: f.says(id),
	}}
	if b.parcel != nil {
		steps = append(steps, b.parcel.stage())
	}
	if b.first != "" {
		steps = append(steps, f.copyWorkspace(b.first, id))
	}
	if r.Start {
		steps = append(steps, b.steps()...)
	}
	if err := f.pipeline(ctx, "create", b.record, steps...); err != nil {
		return Started{}, undoneProblem(r, err)
	}
	if r.Start {
		f.watch(b.record.ID)
		b.settleIn(ctx)
	}
	return Started{VM: f.view(*b.record, b.material.image.Name), Phases: b.phases, Plan: b.plan(), Notices: b.notices}, nil
}

// undoneProblem tells where to look when a guest did not come up in a VM that is gone by now.
func undoneProblem(r Request, err error) error {
	code := problem.CodeOf(err)
	if !r.Start || (code != problem.GuestFailed && code != problem.Timeout) {
		return err
	}
	return problem.New(code, "%w", err).
		WithRemedy("the VM was deleted again; with banger vm create --no-start and vm start it stays, and banger vm logs shows its console")
}

func (f *Fleet) mustBeFree(ctx context.Context, name string) error {
	if name == "" {
		return nil
	}
	_, err := f.rooms.Records.VMByName(ctx, name)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	return problem.New(problem.Taken, "a VM called %q exists already", name).
		WithRemedy("choose another name, or delete that one: banger vm delete %s", name)
}

func newRecord(r Request, spec model.Spec, imageID string) model.VMRecord {
	at := now()
	record := model.VMRecord{
		ID: newID(), Name: r.Name, ImageID: imageID, State: model.StateCreated,
		CreatedAt: at, UpdatedAt: at, LastTouchedAt: at, Spec: spec,
	}
	if r.Start {
		record.State = model.StateStarting
	}
	return record
}

// newID is 128 random bits.
func newID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// nameTries is how many made-up names are tried. There are ten thousand of them.
const nameTries = 100

// reserve inserts the row, which takes name and address.
func (f *Fleet) reserve(ctx context.Context, record *model.VMRecord, makeName bool) error {
	for try := 1; ; try++ {
		if makeName {
			record.Name = namegen.New()
		}
		reserved, err := f.rooms.Records.CreateVM(ctx, *record, f.settings.Subnet)
		if makeName && try < nameTries && problem.CodeOf(err) == problem.Taken {
			continue
		}
		if err == nil {
			*record = reserved
			f.rooms.Changed(ctx, reserved)
		}
		return err
	}
}
