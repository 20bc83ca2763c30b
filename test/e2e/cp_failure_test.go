package e2e

import (
	"archive/tar"
	"bytes"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"banger/test/harness"
)

// startCopy begins to copy a file of a gigabyte into a VM, of which only the beginning ever comes, and returns
// once some of it has been written in the guest.
func startCopy(t *testing.T, vm string) *harness.Process {
	t.Helper()
	in, feed, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { feed.Close() })
	call := world.host.Banger("vm", "cp", "-", vm+":/srv")
	call.Stdin = in
	p, err := call.Start()
	if err != nil {
		t.Fatal(err)
	}
	in.Close()
	tar.NewWriter(feed).WriteHeader(&tar.Header{Name: "huge", Size: 1 << 30, Mode: 0o644, Typeflag: tar.TypeReg})
	part := make([]byte, 4<<20)
	rand.Read(part)
	if _, err := feed.Write(part); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a part is written", func() bool { return strings.Contains(inVM(t, vm, "ls", "-A", "/srv"), ".banger-") })
	return p
}

func inVM(t *testing.T, vm string, command ...string) string {
	t.Helper()
	return must(t, world.host, append([]string{"vm", "exec", vm, "--"}, command...)...)
}

// TestCpIsBrokenOff by Ctrl-C and by the guest's end: nothing is left of the file, and nobody waits.
func TestCpIsBrokenOff(t *testing.T) {
	remove(t, "broken")
	must(t, world.host, append([]string{"vm", "create", "--name", "broken"}, small...)...)
	p := startCopy(t, "broken")
	p.Signal(syscall.SIGINT)
	wantRefusal(t, p.Wait(t.Context()), 1, []string{"interrupted"}, []string{"vm", "cp", "and Ctrl-C"})
	eventually(t, "the part is removed", func() bool { return inVM(t, "broken", "ls", "-A", "/srv") == "" })
	p = startCopy(t, "broken")
	must(t, world.host, "vm", "kill", "broken")
	wantRefusal(t, p.Wait(t.Context()), 1, []string{"went away before the copy ended"}, []string{"vm", "cp", "to a VM that is killed"})
	refused(t, world.host, 1, []string{"broken does not run", "vm start"}, "vm", "cp", "/etc/passwd", "broken:")
}

// TestCpFillsADisk: the guest's, and then the host's.
func TestCpFillsADisk(t *testing.T) {
	dir, vm := t.TempDir(), "narrow"
	remove(t, vm)
	must(t, world.host, "vm", "create", "--name", vm, "--disk-size", "64M", "--vcpu", "1", "--memory", "512M")
	large := make([]byte, 80<<20)
	rand.Read(large[:1<<20])
	for at := 1 << 20; at < len(large); at *= 2 {
		copy(large[at:], large[:at])
	}
	source := filepath.Join(dir, "large")
	write(t, source, string(large), 0o644)
	refused(t, world.host, 1, []string{"in the guest", "large", "no space left"}, "vm", "cp", source, vm+":")
	if got := inVM(t, vm, "sh", "-c", "ls -A /root | grep -e banger -e large; true"); got != "" {
		t.Errorf("in the guest there is left: %q", got)
	}
	must(t, world.host, "vm", "cp", source, vm+":/tmp/")
	must(t, world.host, "vm", "cp", vm+":/tmp/large", filepath.Join(dir, "back"))
	if !bytes.Equal(readFile(t, filepath.Join(dir, "back")), large) {
		t.Error("the copy of a copy differs")
	}
	if os.Getuid() != 0 {
		return // only root can have a small file system to fill
	}
	full := filepath.Join(dir, "small")
	mountTmpfs(t, full, "16m")
	refused(t, world.host, 1, []string{"large", "no space left", "hint: make room on this host"}, "vm", "cp", vm+":/tmp/large", full)
	if left, err := os.ReadDir(full); err != nil || len(left) != 0 {
		t.Errorf("on the host there is left: %v, %v", left, err)
	}
}
