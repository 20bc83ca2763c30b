package doctor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	// minKernel is the oldest host kernel that has all that banger asks of it (pidfd_open with poll).
	minKernelMajor, minKernelMinor = 5, 10
	// minDisk is what package vm wants free before it starts a VM, in bytes.
	minDisk = 256 << 20
	// wantMemory and wantDisk are what one default VM and its image take, with room to work, in bytes; wantFiles
	// is far more than the files of a VM.
	wantMemory = 1 << 30
	wantDisk   = 4 << 30
	wantFiles  = 1000
)

// checkSystem looks at the processor's kind and the host's kernel.
func checkSystem(_ context.Context, h *host) []Row {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		return failed("this is "+runtime.GOOS+" on "+runtime.GOARCH, "use banger on Linux on x86-64")
	}
	release := h.release()
	switch {
	case release == "":
		return failed("the host's kernel does not say its version", "mount /proc")
	case olderThan(release, minKernelMajor, minKernelMinor):
		return failed("the host's kernel is "+release,
			fmt.Sprintf("banger needs Linux %d.%d or newer", minKernelMajor, minKernelMinor))
	}
	return passed(fmt.Sprintf("Linux %s on x86-64, %d CPUs", release, runtime.NumCPU()))
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
func checkMemory(_ context.Context, h *host) []Row {
	info, err := h.read("proc/meminfo")
	if err != nil {
		return warned(fmt.Sprintf("the host's memory is not known: %v", err), "mount /proc")
	}
	free := available(info)
	detail := size(free) + " available"
	if free < wantMemory {
		return warned(detail, "a VM of the default size may not fit: give it less with --memory, or end other programs")
	}
	return passed(detail)
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

// checkDisk looks at the room where images and VMs lie, or would lie, and where what can be made anew does.
func checkDisk(_ context.Context, h *host) []Row {
	rows, first := h.roomIn(h.paths.State, "BANGER_STATE_DIR")
	more, second := h.roomIn(h.paths.Cache, "BANGER_CACHE_DIR")
	if first == second {
		return rows
	}
	return append(rows, more...)
}

// roomIn looks at the file system of a folder, and names it.
func (h *host) roomIn(dir, variable string) ([]Row, unix.Fsid) {
	var fs unix.Statfs_t
	if err := h.statfs(existing(dir), &fs); err != nil {
		return warned(fmt.Sprintf("the free room in %s is not known: %v", existing(dir), err), "set "+variable+" to a folder on another disk"), fs.Fsid
	}
	free := int64(fs.Bavail) * fs.Bsize
	detail := size(free) + " free for " + dir
	switch {
	case free < minDisk:
		return failed(detail, "free some room there, or set "+variable+" to a folder on a larger disk"), fs.Fsid
	case free < wantDisk:
		return warned(detail, "free some room there, or set "+variable+" to a folder on a larger disk"), fs.Fsid
	case fs.Files > 0 && fs.Ffree < wantFiles: // file systems without a fixed number say 0
		return warned(fmt.Sprintf("%s, but only %d files can be made there", detail, fs.Ffree),
			"remove files that are not needed there, or set "+variable+" to a folder on another disk"), fs.Fsid
	}
	return passed(detail), fs.Fsid
}

// existing is the nearest folder above path, or path itself, that is there.
func existing(path string) string {
	for path != "/" {
		if _, err := os.Stat(path); err == nil {
			break
		}
		path = filepath.Dir(path)
	}
	return path
}

func size(bytes int64) string {
	if bytes >= 1<<30 {
		return fmt.Sprintf("%.1f GiB", float64(bytes)/(1<<30))
	}
	return fmt.Sprintf("%d MiB", bytes>>20)
}
