package harness

import (
	"bufio"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// settle is how long processes get to end by themselves.
var settle = 10 * time.Second

// Before is what the host had before the first test.
type Before struct{ mounts, scratch []string }

// Look notes what is there.
func Look() Before { return Before{mounts: mounts(), scratch: scratch()} }

// Left lists what is there now and was not before: processes, mounts, and sockets
// and temporary files of the given hosts. Processes get a moment to end.
func (b Before) Left(hosts ...*Host) []string {
	var left []string
	living := Descendants()
	for deadline := time.Now().Add(settle); len(living) > 0 && time.Now().Before(deadline); living = Descendants() {
		time.Sleep(50 * time.Millisecond)
	}
	for _, p := range living {
		left = append(left, "process "+p)
	}
	for _, m := range mounts() {
		if !slices.Contains(b.mounts, m) {
			left = append(left, "mount "+m)
		}
	}
	for _, dir := range scratch() {
		if !slices.Contains(b.scratch, dir) {
			left = append(left, "folder "+dir)
		}
	}
	for _, h := range hosts {
		left = append(left, sockets(h.Dir)...)
		left = append(left, h.leftFiles()...)
	}
	return left
}

func mounts() []string {
	table, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return []string{"unknown: " + err.Error()}
	}
	var points []string
	for line := range strings.Lines(string(table)) {
		points = append(points, strings.Fields(line)[4])
	}
	return points
}

// scratch lists the folders that builds of images work in.
func scratch() []string {
	var found []string
	for _, dir := range []string{"/dev/shm", "/var/tmp"} {
		some, _ := filepath.Glob(filepath.Join(dir, "banger-build-*"))
		found = append(found, some...)
	}
	return found
}

// sockets lists the listening or bound Unix sockets under dir that the kernel knows.
func sockets(dir string) []string {
	f, err := os.Open("/proc/net/unix")
	if err != nil {
		return []string{"sockets unknown: " + err.Error()}
	}
	defer f.Close()
	var left []string
	for lines := bufio.NewScanner(f); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) == 8 && strings.HasPrefix(fields[7], dir) {
			left = append(left, "socket "+fields[7])
		}
	}
	return left
}

// leftFiles lists files that no VM, image or kernel owns: anything in the runtime
// and temporary folders and in the folder of the machines, and what a staging
// place of images and kernels still holds.
func (h *Host) leftFiles() []string {
	var left []string
	for _, dir := range []string{h.Runtime, h.Tmp, filepath.Join(h.State, "vms")} {
		filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && path != dir && !h.lasting(path, d) {
				left = append(left, fmt.Sprintf("file %s (%s)", path, d.Type()))
			}
			return nil
		})
	}
	for _, dir := range []string{h.State, h.Cache} {
		filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && (strings.HasSuffix(path, ".tmp") || strings.HasPrefix(d.Name(), ".") || d.Type()&fs.ModeSocket != 0) {
				left = append(left, "file "+path)
			}
			return nil
		})
	}
	return left
}

// lasting reports whether something in the runtime folder may outlive the daemon.
func (h *Host) lasting(path string, d fs.DirEntry) bool {
	return path == filepath.Join(h.Runtime, "vms") || path == filepath.Join(h.Runtime, "templates") || strings.HasSuffix(d.Name(), ".lock")
}

// End kills what Left has found of processes, so that a failed run leaves a machine
// as it was. They are this process's own descendants, whatever they are.
func End() {
	for living := descendants(os.Getpid()); len(living) > 0; living = descendants(os.Getpid()) {
		for _, p := range living {
			syscall.Kill(p.pid, syscall.SIGKILL)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
