package vm

import (
	"context"
	"fmt"
	"time"

	"banger/internal/guestlink"
	"banger/internal/model"
	"banger/internal/namegen"
	"banger/internal/problem"
	"banger/internal/step"
)

// Change is what is to be different about a VM; nil leaves things as they are.
type Change struct {
	Name         *string
	VCPU         *int
	Memory       *int64 // bytes, as are disks
	Disk, System *int64 // larger than they are
	IdleStop     *time.Duration
	Net          *string // what it may reach (package policy)
	Expose       *bool   // whether its ports are mirrored at its loopback address
}

// Set changes a VM. A name counts at once, and a running guest is told of it; so do its network's settings, and connections that it may not have any more
// are cut. All else counts from the next start on (Pending).
func (f *Fleet) Set(ctx context.Context, ref string, c Change) (VM, error) {
	return f.change(ctx, ref, ordinary, func(ctx context.Context, record *model.VMRecord) error {
		changed, err := f.changed(*record, c)
		if err != nil {
			return err
		}
		return f.pipeline(ctx, "change", record,
			f.written("write it down", record, func(ctx context.Context) error { return f.save(ctx, &changed) }),
			step.Step{Name: "tell its guest", Do: func(ctx context.Context) error {
				if changed.Name == record.Name || record.State != model.StateRunning {
					return nil // it hears of it when it runs
				}
				ctx, cancel := context.WithTimeout(ctx, configureTimeout)
				defer cancel()
				_, err := f.rooms.Machine(record.ID).Configure(ctx, guestlink.Configure{Hostname: changed.Name})
				return err
			}},
			step.Step{Name: "change its network", Do: func(ctx context.Context) error { return f.setNetwork(ctx, *record, changed) }},
			step.Step{Name: "take it as it is now", Do: func(context.Context) error {
				*record = changed
				return nil
			}},
		)
	})
}

// changed is the record that a change leads to, with everything checked but that the name is free.
func (f *Fleet) changed(record model.VMRecord, c Change) (model.VMRecord, error) {
	if c.Name != nil {
		if err := namegen.ValidName(*c.Name); err != nil {
			return record, err
		}
		record.Name = *c.Name
	}
	spec := &record.Spec
	set(c.VCPU, &spec.VCPU)
	set(c.Net, &spec.Net)
	set(c.Expose, &spec.Expose)
	if c.Memory != nil {
		spec.MemoryMiB = int(*c.Memory / MiB)
	}
	for _, d := range []struct {
		what string
		want *int64
		have *int64
	}{{"work disk", c.Disk, &spec.DiskBytes}, {"system overlay", c.System, &spec.SystemBytes}} {
		if d.want != nil && *d.want < *d.have {
			return record, problem.New(problem.Invalid, "the %s has %d MiB and cannot be made smaller", d.what, *d.have/MiB).
				WithRemedy("disks can only be grown; make a new VM for a smaller one")
		}
		set(d.want, d.have)
	}
	if c.IdleStop != nil {
		if err := checkIdleStop(*c.IdleStop); err != nil {
			return record, err
		}
		spec.IdleStopSeconds = int64(*c.IdleStop / time.Second)
	}
	return record, f.check(requestOf(record, c))
}

func set[T any](from *T, to *T) {
	if from != nil {
		*to = *from
	}
}

// requestOf is the request for a VM like record, for what it may be.
func requestOf(record model.VMRecord, c Change) Request {
	memory := int64(record.Spec.MemoryMiB) * MiB
	set(c.Memory, &memory)
	return Request{VCPU: record.Spec.VCPU, Memory: memory, Disk: record.Spec.DiskBytes, System: record.Spec.SystemBytes, Net: record.Spec.Net}
}

// Pending says what a VM that runs will have from its next start on, a line each.
func (v VM) Pending() (lines []string) {
	if !v.State.Live() {
		return nil
	}
	is, will := v.Running(), v.Spec
	for _, d := range []struct {
		what     string
		is, will int64
		unit     string
	}{
		{"vcpu", int64(is.VCPU), int64(will.VCPU), ""},
		{"memory", int64(is.MemoryMiB), int64(will.MemoryMiB), " MiB"},
		{"work disk", is.DiskBytes / MiB, will.DiskBytes / MiB, " MiB"},
		{"system disk", is.SystemBytes / MiB, will.SystemBytes / MiB, " MiB"},
	} {
		if d.is != d.will {
			lines = append(lines, fmt.Sprintf("%s: %d%s, now %d%s", d.what, d.will, d.unit, d.is, d.unit))
		}
	}
	return lines
}
