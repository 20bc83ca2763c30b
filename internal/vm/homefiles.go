package vm

import (
	"context"
	"errors"
	"time"

	"banger/internal/guestlink"
	"banger/internal/problem"
)

// homeFilesTimeout bounds the copying of files that every guest gets. The guest link moves some 50 MB/s where the processor is emulated.
const homeFilesTimeout = 2 * time.Minute

// homeFiles copies what the configuration names of the user's home into the guest's. A guest that goes on from where it was has that.
func (b *boot) homeFiles(ctx context.Context) error {
	if b.only {
		return nil
	}
	late := problem.New(problem.Timeout, "it has taken longer than %s", homeFilesTimeout).
		WithRemedy("let file_sync name less, and copy the rest with banger vm cp")
	ctx, cancel := context.WithTimeoutCause(ctx, homeFilesTimeout, late)
	defer cancel()
	files, err := b.fleet.rooms.HomeFiles(ctx)
	if err != nil {
		return err
	}
	defer files.Close()
	b.notices = append(b.notices, files.Missing...)
	if files.Empty() {
		return nil
	}
	b.sink.Phase("copy file_sync into " + b.record.Name)
	defer b.phase("file_sync", time.Now())
	err = b.machine.CopyTo(ctx, files.Request(), files.Pack)
	if _, refused := errors.AsType[*guestlink.Error](err); refused {
		return problem.New(problem.Conflict, "%w", err).
			WithRemedy("mend what is in the way in the guest, or take it out of file_sync and start the daemon anew: banger daemon stop")
	}
	return err
}
