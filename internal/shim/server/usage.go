package server

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"banger/internal/problem"
	"banger/internal/shim"
)

// usage tells what the machine uses.
func (s *server) usage() (shim.Usage, error) {
	engine := s.machine.PID()
	sum, err := memoryOf(engine, os.Getpid())
	if err == nil {
		sum.CPU, err = processorTime(engine)
	}
	// ESRCH: it is dead, and not yet waited for.
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
		return sum, problem.New(problem.Conflict, "the machine has just ended")
	}
	sum.Block = blockIO(engine)
	return sum, err
}

// memoryOf adds up the memory of processes (/proc/PID/smaps_rollup). Private pages that are still the file's count as shared: they
// are another's as soon as that one maps them.
func memoryOf(pids ...int) (sum shim.Usage, err error) {
	for _, pid := range pids {
		f, err := os.Open(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
		if err != nil {
			return sum, fmt.Errorf("find out how much memory the machine has: %w", err)
		}
		var resident, own, kib int64
		lines := bufio.NewScanner(f)
		for lines.Scan() {
			if n, _ := fmt.Sscanf(lines.Text(), "Rss: %d kB", &kib); n == 1 {
				resident = kib << 10
			}
			if n, _ := fmt.Sscanf(lines.Text(), "Anonymous: %d kB", &kib); n == 1 {
				own = kib << 10
			}
		}
		f.Close()
		if err := lines.Err(); err != nil {
			return sum, fmt.Errorf("find out how much memory the machine has: %w", err)
		}
		sum.Own += own
		sum.Shared += resident - own
	}
	return sum, nil
}

// ticksPerSecond is USER_HZ, the same on every Linux of this architecture (times(2)).
const ticksPerSecond = 100

// processorTime is what all threads of a process have used (/proc/PID/stat).
func processorTime(pid int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, fmt.Errorf("find out how much processor time the machine has used: %w", err)
	}
	var user, system int64
	// After the name, which may hold anything, utime and stime are the 12th and 13th: proc(5).
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	if len(fields) > 12 {
		user, _ = strconv.ParseInt(string(fields[11]), 10, 64)
		system, _ = strconv.ParseInt(string(fields[12]), 10, 64)
	}
	return time.Duration(user+system) * time.Second / ticksPerSecond, nil
}

// blockIO is nil where the kernel does not count it, or does not show it.
func blockIO(pid int) *shim.BlockIO {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/io", pid))
	if err != nil {
		return nil
	}
	var io shim.BlockIO
	found := 0
	for line := range strings.Lines(string(text)) {
		n, _ := fmt.Sscanf(line, "read_bytes: %d", &io.Read)
		m, _ := fmt.Sscanf(line, "write_bytes: %d", &io.Written)
		found += n + m
	}
	if found < 2 {
		return nil
	}
	return &io
}
