package doctor

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	// minKernel is the oldest host kernel that has all that banger asks of it (pidfd_open with poll).
	minKernelMajor, minKernelMinor = 5, 10
	// wantMemory and wantDisk are what one default VM and its image take, with room to work.
	wantMemory = 1 << 30
	wantDisk   = 4 << 30
)

// checkSystem looks at the processor's kind and the host's kernel.
func checkSystem(context.Context, *host) []Row {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		return failed("system", "this is "+runtime.GOOS+" on "+runtime.GOARCH, "banger needs Linux on x86-64")
	}
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return failed("system", fmt.Sprintf("the host's kernel does not say its version: %v", err), "")
	}
	release := unix.ByteSliceToString(name.Release[:])
	if olderThan(release, minKernelMajor, minKernelMinor) {
		return failed("system", "the host's kernel is "+release,
			fmt.Sprintf("banger needs Linux %d.%d or newer", minKernelMajor, minKernelMinor))
	}
	return passed("system", fmt.Sprintf("Linux %s on x86-64, %d CPUs", release, runtime.NumCPU()))
}

// olderThan compares the first two numbers of a version such as "6.1.0-56-cloud".
func olderThan(version string, major, minor int) bool {
	first, rest, _ := strings.Cut(version, ".")
	second := strings.FieldsFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
	a, _ := strconv.Atoi(first)
	b := 0
	if len(second) > 0 {
		b, _ = strconv.Atoi(second[0])
	}
	return a < major || a == major && b < minor
}

// checkMemory looks at what a new VM could have.
func checkMemory(context.Context, *host) []Row {
	info, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return warned("memory", fmt.Sprintf("the host's memory is not known: %v", err), "")
	}
	free := available(string(info))
	detail := size(free) + " available"
	if free < wantMemory {
		return warned("memory", detail, "a VM of the default size may not fit: give it less with --memory, or end other programs")
	}
	return passed("memory", detail)
}

// available is MemAvailable of /proc/meminfo, in bytes.
func available(meminfo string) int64 {
	for line := range strings.Lines(meminfo) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "MemAvailable:" {
			kib, _ := strconv.ParseInt(fields[1], 10, 64)
			return kib << 10
		}
	}
	return 0
}

// checkDisk looks at the room where images and VMs lie, or would lie.
func checkDisk(_ context.Context, h *host) []Row {
	dir := existing(h.paths.State)
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return warned("disk", fmt.Sprintf("the free room in %s is not known: %v", dir, err), "")
	}
	free := int64(fs.Bavail) * fs.Bsize
	detail := size(free) + " free for " + h.paths.State
	if free < wantDisk {
		return warned("disk", detail, "free some room there, or set BANGER_STATE_DIR to a folder on a larger disk")
	}
	return passed("disk", detail)
}

// existing is the nearest folder above path that is there.
func existing(path string) string {
	for path != "/" {
		if _, err := os.Stat(path); err == nil {
			break
		}
		path = parent(path)
	}
	return path
}

func parent(path string) string {
	if i := strings.LastIndexByte(path, '/'); i > 0 {
		return path[:i]
	}
	return "/"
}

func size(bytes int64) string {
	if bytes >= 1<<30 {
		return fmt.Sprintf("%.1f GiB", float64(bytes)/(1<<30))
	}
	return fmt.Sprintf("%d MiB", bytes>>20)
}
