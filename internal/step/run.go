package step

import (
	"context"
	"fmt"
	"time"
)

// UndoTimeout bounds each Undo, and each Observe. Removing a disk of 128 GiB takes seconds.
const UndoTimeout = 30 * time.Second

// Step is a part of an operation.
type Step struct {
	// Name says what the step does; errors begin with it.
	Name string
	// Do does it. A nil Do does nothing.
	Do func(context.Context) error
	// Undo takes back what Do did, all or part of it, any number of times. A nil Undo
	// means that there is nothing to take back.
	Undo func(context.Context) error
	// Observe reports whether anything of what Do does is there now. It changes nothing. It is asked after Undo alone.
	Observe func(context.Context) (there bool, err error)
}

// Run does the steps in order. The error is that of the step that failed, or
// ctx's cause when it ended between steps, followed by those of the undoing and what that has left;
// errors.Is finds all of them. A panic goes on once all is undone.
func Run(ctx context.Context, steps ...Step) (err error) {
	reached, succeeded := 0, false
	defer func() {
		if !succeeded {
			err = undo(ctx, steps[:reached], err)
		}
	}()
	for i, s := range steps {
		if err := context.Cause(ctx); err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
		reached = i + 1
		if err := s.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
	}
	succeeded = true
	return nil
}

func (s Step) do(ctx context.Context) error {
	if err := Fault(s.Name); err != nil || s.Do == nil {
		return err
	}
	if err := s.Do(ctx); err != nil {
		return err
	}
	return Fault(s.Name + ": done")
}
