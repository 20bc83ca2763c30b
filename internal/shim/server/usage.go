package server

import (
	"bufio"
	"fmt"
	"os"

	"banger/internal/shim"
)

// usageOf adds up the memory of processes (/proc/PID/smaps_rollup). Private pages that are still the file's count as shared: they
// are another's as soon as that one maps them.
func usageOf(pids ...int) (sum shim.Usage, err error) {
	for _, pid := range pids {
		f, err := os.Open(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
		if err != nil {
			return sum, fmt.Errorf("find out how much memory the machine has: %w", err)
		}
		var resident, own, kib int64
		for lines := bufio.NewScanner(f); lines.Scan(); {
			if n, _ := fmt.Sscanf(lines.Text(), "Rss: %d kB", &kib); n == 1 {
				resident = kib << 10
			}
			if n, _ := fmt.Sscanf(lines.Text(), "Anonymous: %d kB", &kib); n == 1 {
				own = kib << 10
			}
		}
		f.Close()
		sum.Own += own
		sum.Shared += resident - own
	}
	return sum, nil
}
