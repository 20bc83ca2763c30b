package vm

import "context"

// takeDisks takes both locks of a VM, as do those who start, restore, fork or delete it: nobody reads its disks meanwhile.
func (f *Fleet) takeDisks(ctx context.Context, id string, u urgency) (held context.Context, release func(), err error) {
	alone, releaseDisks, err := f.disks.take(ctx, id, u)
	if err != nil {
		return nil, nil, err
	}
	held, releaseVM, err := f.locks.take(alone, id, u)
	if err != nil {
		releaseDisks()
		return nil, nil, err
	}
	return held, func() { releaseVM(); releaseDisks() }, nil
}
