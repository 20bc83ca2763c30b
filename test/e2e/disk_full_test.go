package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"banger/api"
	"banger/test/harness"
)

// TestHostDiskFullUnderAGuest: a guest that writes while the host's disk is full stands still, and says so; with
// room again it goes on, and nothing it wrote is lost.
func TestHostDiskFullUnderAGuest(t *testing.T) {
	if os.Getuid() != 0 {
		return // only root can have a small file system to fill
	}
	h := hostOnTmpfs(t, "900m")
	must(t, h, append([]string{"vm", "create", "--name", "writer"}, small...)...)
	ballast := filepath.Join(h.State, "ballast")
	fill(t, ballast, 8<<20)

	var said lockedBuffer
	call := h.Banger("vm", "exec", "writer", "--", "sh", "-c",
		"head -c 24M /dev/urandom >big && sync && echo 3 >/proc/sys/vm/drop_caches && sha256sum <big >sum && sha256sum <big && cat sum && sleep 5")
	call.Stderr = &said
	p, err := call.Start()
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the user is told", func() bool { return strings.Contains(said.String(), "disk is full: writer stands still") })
	eventually(t, "show tells why", func() bool {
		return strings.Contains(mustJSON[api.VM](t, h, "vm", "show", "writer").Reason, "disk is full")
	})
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	r := p.Wait(t.Context())
	sums := strings.Fields(r.Stdout)
	if r.Exit != 0 || len(sums) != 4 || sums[0] != sums[2] {
		t.Errorf("the command ended with %d and printed %q; said: %s", r.Exit, r.Stdout, said.String())
	}
	eventually(t, "the user is told of the end", func() bool { return strings.Contains(said.String(), "writer goes on") })
	eventually(t, "show tells nothing more", func() bool { return mustJSON[api.VM](t, h, "vm", "show", "writer").Reason == "" })
	if log := must(t, h, "vm", "logs", "--engine", "writer"); !strings.Contains(log, "disk was full") {
		t.Errorf("the engine's log says %q", log)
	}
}

// hostOnTmpfs is a host of its own whose state lies on a file system of that size.
func hostOnTmpfs(t *testing.T, size string) *harness.Host {
	t.Helper()
	h := ownHost(t, false)
	mountTmpfs(t, h.State, size)
	t.Cleanup(func() { run(t, h.Banger("daemon", "stop", "--vms")) }) // before the file system is unmounted
	if err := h.Sow(t.Context(), world.seed); err != nil {
		t.Fatal(err)
	}
	return h
}

// fill writes a file that leaves so many bytes of its file system free.
func fill(t *testing.T, path string, leave uint64) {
	t.Helper()
	var st unix.Statfs_t
	if err := unix.Statfs(filepath.Dir(path), &st); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := unix.Fallocate(int(f.Fd()), 0, 0, int64(st.Bavail*uint64(st.Bsize)-leave)); err != nil {
		t.Fatal(err)
	}
}

// mountTmpfs mounts a file system of that size at dir until the test ends.
func mountTmpfs(t *testing.T, dir, size string) {
	t.Helper()
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("banger-e2e", dir, "tmpfs", 0, fmt.Sprintf("size=%s,mode=0700", size)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Errorf("unmount %s: %v", dir, err)
		}
	})
}

// TestDiskFullAtEachWrite: with ever less room, every command either works or says that the disk is full, and whatever it does leaves
// nothing behind and nothing damaged.
func TestDiskFullAtEachWrite(t *testing.T) {
	if os.Getuid() != 0 {
		return // only root can have a small file system to fill
	}
	h := hostOnTmpfs(t, "1500m")
	must(t, h, append([]string{"vm", "create", "--name", "kept"}, small...)...)
	must(t, h, "vm", "exec", "kept", "--", "sh", "-c", "echo kept >/root/word")
	must(t, h, "vm", "stop", "kept")
	ballast := filepath.Join(h.State, "ballast")
	for _, leave := range []uint64{0, 4 << 10, 64 << 10, 256 << 10, 1 << 20, 16 << 20} {
		fill(t, ballast, leave)
		for _, line := range []string{
			"vm create --no-start --name more", "vm set kept --idle-stop 1h", "vm start kept", "vm snapshot kept then", "vm restore kept then -f",
			"vm delete more", "snapshot delete then", "daemon stop", "ps -a",
		} {
			r := run(t, h.Banger(strings.Fields(line)...))
			if r.Exit != 0 {
				wantRefusal(t, r, 1, nil, strings.Fields(line))
			}
			if r.Exit != 0 && !saysWhy.MatchString(r.Stderr) {
				t.Errorf("%d bytes free: %s: %s", leave, line, r.Stderr)
			}
		}
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
		run(t, h.Banger("vm", "delete", "more"))
		run(t, h.Banger("snapshot", "delete", "then"))
		for _, code := range []string{"database", "images", "snapshots", "leftovers"} {
			wantCheck(t, h, code, "ok")
		}
		if got := must(t, h, "vm", "exec", "--start", "kept", "--", "cat", "/root/word"); got != "kept\n" {
			t.Errorf("afterwards the disk holds %q", got)
		}
		must(t, h, "vm", "stop", "kept")
	}
}

// saysWhy is what an error says because of a full disk, or because what an earlier command was to make is not there.
var saysWhy = regexp.MustCompile(`full|no space left|free|no VM is called|not found|limit`)
