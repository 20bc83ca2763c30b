package snapshot

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// hostCanSpare reports whether the host has memory for a guest that nobody has asked for, beside a reserve, and
// does not live on its battery.
func hostCanSpare(memoryMiB int) bool {
	const reserveMiB = 512
	// A fork owns about a tenth of its memory at first; half is what it may soon.
	return availableMiB() >= memoryMiB/2+reserveMiB && !onBattery("/sys/class/power_supply")
}

// availableMiB is the host's MemAvailable (proc_meminfo(5)), 0 when it cannot be told.
func availableMiB() (mib int) {
	f, err := os.Open("/proc/meminfo")
	if err != nil {
		return 0
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if n, _ := fmt.Sscanf(lines.Text(), "MemAvailable: %d kB", &mib); n == 1 {
			return mib >> 10
		}
	}
	return 0
}

// onBattery reports whether a battery of the host's is being emptied (Documentation/ABI/testing/sysfs-class-power).
func onBattery(dir string) bool {
	states, _ := filepath.Glob(filepath.Join(dir, "*", "status"))
	for _, path := range states {
		kind, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "type"))
		state, _ := os.ReadFile(path)
		if strings.TrimSpace(string(kind)) == "Battery" && strings.TrimSpace(string(state)) == "Discharging" {
			return true
		}
	}
	return false
}
