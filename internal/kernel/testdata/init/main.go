// Command init is a guest's PID 1 in the test of a real kernel: it loads the boot modules,
// mounts the modules disk, loads a module from there, says so and powers off.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

func main() {
	if err := check(); err != nil {
		fmt.Println("guest: failed:", err)
	} else {
		fmt.Println("guest: all is well")
	}
	_ = unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
}

func check() error {
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return err
	}
	release := unix.ByteSliceToString(name.Release[:])
	fmt.Println("guest: release", release)
	boot, err := filepath.Glob("/modules/*.ko")
	if err != nil {
		return err
	}
	for _, m := range boot {
		if err := load(m); err != nil {
			return err
		}
	}
	if err := os.MkdirAll("/lib/modules", 0o755); err != nil {
		return err
	}
	if err := unix.Mount("dev", "/dev", "devtmpfs", 0, ""); err != nil {
		return fmt.Errorf("mount /dev: %w", err)
	}
	if err := unix.Mount("/dev/vda", "/lib/modules", "ext4", unix.MS_RDONLY, ""); err != nil {
		return fmt.Errorf("mount /lib/modules: %w", err)
	}
	return load("/lib/modules/" + release + "/kernel/drivers/net/dummy.ko")
}

func load(module string) error {
	f, err := os.Open(module)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := unix.FinitModule(int(f.Fd()), "", 0); err != nil {
		return fmt.Errorf("load %s: %w", module, err)
	}
	fmt.Println("guest: loaded", filepath.Base(module))
	return nil
}
