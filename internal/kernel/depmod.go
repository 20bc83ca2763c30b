package kernel

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// depmod makes modules.dep and the other indexes that modprobe in the guest reads,
// where the folder base/lib/modules/RELEASE lacks them: a Debian package has its
// made when it is installed.
func depmod(ctx context.Context, base, release string) error {
	_, err := os.Stat(filepath.Join(base, "lib/modules", release, "modules.dep.bin"))
	if err == nil {
		return nil
	}
	path, err := find("depmod", "kmod")
	if err != nil {
		return fmt.Errorf("make the index of its modules: %w", err)
	}
	// Some builds of depmod look in usr/lib/modules.
	if err := os.Symlink(".", filepath.Join(base, "usr")); err != nil && !os.IsExist(err) {
		return err
	}
	_, err = run(ctx, program(ctx, path, "-b", base, release))
	return err
}
