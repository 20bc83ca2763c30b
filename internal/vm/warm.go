package vm

import (
	"context"

	"banger/internal/problem"
	"banger/internal/progress"
)

// Warm makes the template that VMs of a request are forked from, if there is none yet.
func (f *Fleet) Warm(ctx context.Context, r Request, sink progress.Sink) error {
	if err := f.check(r); err != nil {
		return err
	}
	if !f.rooms.Templates.Enabled() {
		return problem.New(problem.Invalid, "the configuration wants no templates").
			WithRemedy("give template_budget another value than 0")
	}
	spec := f.spec(r)
	m, err := f.gather(ctx, spec, f.namedImage(orDefault(r.Image, f.settings.Image)), sink)
	if err != nil {
		return err
	}
	return f.rooms.Templates.Make(ctx, shapeOf(spec, m), m.parts(), sink)
}
