package step

import (
	"context"
	"errors"
	"fmt"
)

type whyKey struct{}

var errPanicked = errors.New("a defect in banger")

// Why is, in the context of an Undo, the error because of which Run undoes; nil elsewhere.
func Why(ctx context.Context) error {
	why, _ := ctx.Value(whyKey{}).(error)
	return why
}

// undo takes the steps back, last first, and adds to err what goes wrong and what is left.
func undo(ctx context.Context, steps []Step, err error) error {
	why := err
	if why == nil {
		why = errPanicked
	}
	ctx = context.WithValue(context.WithoutCancel(ctx), whyKey{}, why)
	for i := len(steps) - 1; i >= 0; i-- {
		if steps[i].Undo != nil {
			err = steps[i].undo(ctx, err)
		}
	}
	return err
}

func (s Step) undo(ctx context.Context, err error) error {
	undoErr := guarded(ctx, s.Undo)
	if undoErr != nil {
		err = fmt.Errorf("%w; undoing %q failed too: %w", err, s.Name, undoErr)
	}
	if s.Observe == nil {
		return err
	}
	var there bool
	lookErr := guarded(ctx, func(ctx context.Context) (err error) {
		there, err = s.Observe(ctx)
		return err
	})
	switch {
	case lookErr != nil:
		return fmt.Errorf("%w; whether anything is left of %q cannot be told: %w", err, s.Name, lookErr)
	case there:
		return fmt.Errorf("%w; what %q did is still there", err, s.Name)
	}
	return err
}

// guarded bounds f, and turns a panic into an error: the steps before this one must be undone as well.
func guarded(ctx context.Context, f func(context.Context) error) (err error) {
	ctx, cancel := context.WithTimeout(ctx, UndoTimeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("a defect in banger: %v", p)
		}
	}()
	return f(ctx)
}
