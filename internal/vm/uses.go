package vm

import (
	"context"

	"banger/internal/model"
	"banger/internal/problem"
)

// MayDeleteKernel refuses the deletion of a kernel that VMs boot.
func (f *Fleet) MayDeleteKernel(ctx context.Context, name string) error {
	records, err := f.rooms.Records.VMs(ctx)
	if err != nil {
		return err
	}
	var users []model.VMRecord
	for _, record := range records {
		if record.Spec.Kernel == name {
			users = append(users, record)
		}
	}
	if len(users) == 0 {
		return nil
	}
	return problem.New(problem.Conflict, "kernel %q is booted by %s", name, named(users)).
		WithRemedy("delete these VMs first")
}
