package vm

import (
	"context"
	"fmt"
	"time"

	"banger/internal/model"
	"banger/internal/step"
)

// safety is the step that keeps what is there under a name that says when that was. Once something of it is lost it is not taken
// back: the snapshot is the one place that has it.
func (f *Fleet) safety(record *model.VMRecord, name *string, lost func() bool) step.Step {
	const longest = 40 // bytes of the VM's name, so that all of it is a name
	var kept model.Snapshot
	return step.Step{
		Name: "keep what is there",
		Do: func(ctx context.Context) (err error) {
			*name = fmt.Sprintf("%.*s-before-%s", longest, record.Name, time.Now().UTC().Format("20060102-150405"))
			kept, err = f.keep(ctx, *record, *name)
			return err
		},
		Undo: func(ctx context.Context) error {
			if kept.ID == "" || lost() {
				return nil
			}
			*name = ""
			return f.removeSnapshot(ctx, kept)
		},
		Observe: func(ctx context.Context) (bool, error) {
			if kept.ID == "" || lost() {
				return false, nil
			}
			return f.keeps(kept)(ctx)
		},
	}
}
