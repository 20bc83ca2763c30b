package vm

import (
	"context"
	"slices"

	"banger/internal/model"
	"banger/internal/network/publish"
	"banger/internal/shim"
	"banger/internal/step"
)

// published reads what is to be published.
func published(texts []string) (specs []publish.Spec, err error) {
	for _, text := range texts {
		spec, err := publish.Parse(text)
		if err != nil {
			return nil, err
		}
		specs = append(specs, spec)
	}
	return specs, nil
}

// canonical is how a record keeps what has been checked: each once, in full.
func canonical(texts []string) (list []string) {
	specs, _ := published(texts)
	for _, spec := range specs {
		if text := spec.String(); !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return list
}

// Publish has a port of this host lead to a VM, from now on and after each start. It tells where, unless the VM does not run.
func (f *Fleet) Publish(ctx context.Context, ref, text string) (VM, []shim.Published, error) {
	spec, err := publish.Parse(text)
	if err != nil {
		return VM{}, nil, err
	}
	var at []shim.Published
	v, err := f.change(ctx, ref, ordinary, func(ctx context.Context, record *model.VMRecord) error {
		changed := *record
		changed.Spec.Publish = canonical(append(slices.Clone(record.Spec.Publish), spec.String()))
		return f.republish(ctx, record, changed, func(m Machine) (err error) {
			at, err = m.Publish(ctx, spec.String())
			return err
		})
	})
	return v, at, err
}

// Unpublish ends what Publish did: all that a text means, which is a port of this host's, or else of the VM's, or a whole spec.
func (f *Fleet) Unpublish(ctx context.Context, ref, which string) (VM, error) {
	return f.change(ctx, ref, ordinary, func(ctx context.Context, record *model.VMRecord) error {
		var gone []string
		if record.State.Live() {
			ended, err := f.rooms.Machine(record.ID).Unpublish(ctx, which)
			if err != nil {
				return err
			}
			for _, p := range ended {
				gone = append(gone, p.Spec)
			}
		} else {
			specs, err := published(record.Spec.Publish)
			if err != nil {
				return err
			}
			if specs, err = publish.Find(specs, which); err != nil {
				return err
			}
			for _, s := range specs {
				gone = append(gone, s.String())
			}
		}
		changed := *record
		changed.Spec.Publish = slices.DeleteFunc(slices.Clone(record.Spec.Publish), func(text string) bool { return slices.Contains(gone, text) })
		return f.republish(ctx, record, changed, nil)
	})
}

// republish writes down what a VM publishes, and does something about its machine, if it runs.
func (f *Fleet) republish(ctx context.Context, record *model.VMRecord, changed model.VMRecord, do func(Machine) error) error {
	err := f.pipeline(ctx, "publish", record,
		f.written("write it down", record, func(ctx context.Context) error { return f.save(ctx, &changed) }),
		step.Step{Name: "listen", Do: func(context.Context) error {
			if do == nil || !record.State.Live() {
				return nil
			}
			return do(f.rooms.Machine(record.ID))
		}},
	)
	if err == nil {
		*record = changed
	}
	return err
}
