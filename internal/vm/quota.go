package vm

import (
	"context"

	"banger/internal/model"
	"banger/internal/problem"
)

// Quota is what all VMs together may take. 0 means that there is no limit.
type Quota struct {
	VMs    int   // how many there may be
	Memory int64 // bytes, of those that run, as they were promised it: forks share much of it in truth
	Disk   int64 // bytes in use where disks lie, by whomever, beyond which no VM is started
}

// admit runs reserve, which writes down that a VM exists, or that it starts, if the quota has room for that. Nobody else does
// so meanwhile.
func (f *Fleet) admit(ctx context.Context, record *model.VMRecord, starts bool, reserve func(context.Context) error) error {
	f.reserving.Lock()
	defer f.reserving.Unlock()
	if f.settings.Quota.VMs > 0 || f.settings.Quota.Memory > 0 {
		if err := f.withinQuota(ctx, *record, starts); err != nil {
			return err
		}
	}
	return reserve(ctx)
}

func (f *Fleet) withinQuota(ctx context.Context, record model.VMRecord, starts bool) error {
	others, err := f.rooms.Records.VMLoad(ctx, record.ID)
	if err != nil {
		return err
	}
	q := f.settings.Quota
	if q.VMs > 0 && others.VMs >= q.VMs {
		return problem.New(problem.Exhausted, "there are %d VMs, and %d is the limit (quota.vms)", others.VMs, q.VMs).
			WithRemedy("delete VMs that are not needed: banger vm prune")
	}
	want := others.MemoryMiB*MiB + int64(record.Spec.MemoryMiB)*MiB
	if q.Memory > 0 && starts && want > q.Memory {
		return problem.New(problem.Exhausted, "the VMs that run have %d MiB of memory, and with %d MiB more they would exceed %d MiB (quota.memory)",
			others.MemoryMiB, record.Spec.MemoryMiB, q.Memory/MiB).
			WithRemedy("stop a VM (banger ps), choose less --memory, or raise quota.memory")
	}
	return nil
}

// roomOnDisk refuses a start where disks would soon have no room.
func (f *Fleet) roomOnDisk() error {
	free, total, err := f.rooms.DiskSpace()
	if err != nil {
		return err
	}
	if free < minFree {
		return problem.New(problem.Exhausted, "only %d MiB are free where VMs keep their disks, and %d are needed to start one", free/MiB, minFree/MiB).
			WithRemedy(diskRemedy)
	}
	if q := f.settings.Quota.Disk; q > 0 && total-free > q {
		return problem.New(problem.Exhausted, "%d MiB of the disk are in use where VMs keep theirs, and %d is the limit (quota.disk)", (total-free)/MiB, q/MiB).
			WithRemedy(diskRemedy)
	}
	return nil
}

const diskRemedy = "delete VMs or images that are not needed: banger system df tells what takes how much"
