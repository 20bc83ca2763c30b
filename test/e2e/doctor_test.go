package e2e

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"banger/test/harness"
)

// diagnosis is what doctor --json prints.
type diagnosis struct {
	OK     bool `json:"ok"`
	Checks []struct {
		Code, Status, Detail, Remedy string
	} `json:"checks"`
}

func diagnose(t *testing.T, h *harness.Host) diagnosis {
	t.Helper()
	r := run(t, h.Banger("doctor", "--json"))
	var d diagnosis
	if err := json.Unmarshal([]byte(r.Stdout), &d); err != nil {
		t.Fatalf("doctor --json: %v\nstdout: %s\nstderr: %s", err, r.Stdout, r.Stderr)
	}
	if d.OK != (r.Exit == 0) || len(d.Checks) < 10 {
		t.Errorf("doctor: ok is %v, exit %d, %d checks", d.OK, r.Exit, len(d.Checks))
	}
	return d
}

// wantCheck checks that doctor gives the worst row of a code a status, with a remedy.
func wantCheck(t *testing.T, h *harness.Host, code, status string) {
	t.Helper()
	var seen []string
	for _, check := range diagnose(t, h).Checks {
		if check.Code == code {
			seen = append(seen, check.Status+": "+check.Detail)
			if check.Status == status && (status == "ok" || check.Remedy != "") {
				return
			}
		}
	}
	t.Errorf("doctor says of %s: %q; want a row with status %s and a remedy", code, seen, status)
}

func TestDoctorOnAReadyHost(t *testing.T) {
	guest(t)
	for _, code := range []string{"system", "engine", "mke2fs", "config", "folders", "agent", "disk", "database", "kernels", "images", "templates",
		"snapshots", "daemon", "sockets", "leftovers"} {
		wantCheck(t, world.host, code, "ok")
	}
	r := banger(t, "doctor")
	if r.Exit != 0 || !strings.Contains(r.Stdout, "ready") {
		t.Errorf("exit %d\n%s%s", r.Exit, r.Stdout, r.Stderr)
	}
}

// TestDoctorChangesNothing: not on a host whose daemon and VM run, not when that daemon has been killed, not on one
// that is at rest, and not on one where nothing of banger's exists yet. What is compared is all that the host's folders
// hold, with times to the nanosecond; of files as large as disks their content is not read.
func TestDoctorChangesNothing(t *testing.T) {
	h := ownHost(t, true)
	must(t, h, append([]string{"vm", "create", "--name", "up"}, small...)...)
	must(t, h, "vm", "snapshot", "up", "kept")
	must(t, h, "vm", "pause", "up") // or the guest writes to its disks when it likes
	unchangedByDoctor(t, "in use", h, "state.db-shm", "state.db-wal")
	killDaemon(t, h)
	unchangedByDoctor(t, "without its daemon", h, "state.db-shm", "state.db-wal")
	must(t, h, "vm", "resume", "up")
	must(t, h, "vm", "stop", "up")
	must(t, h, "daemon", "stop")
	unchangedByDoctor(t, "at rest", h)
	unchangedByDoctor(t, "new", ownHost(t, false))
}

// unchangedByDoctor compares a host before and after doctor in each of its forms; sides are the database's side files that are there.
func unchangedByDoctor(t *testing.T, name string, h *harness.Host, sides ...string) {
	t.Helper()
	for _, side := range []string{"state.db-shm", "state.db-wal"} {
		if _, err := os.Stat(filepath.Join(h.State, side)); (err == nil) != slices.Contains(sides, side) {
			t.Errorf("%s: %s: %v; this tests something else than it is meant to", name, side, err)
		}
	}
	before := contents(t, h.Dir)
	for _, args := range [][]string{{"doctor"}, {"doctor", "--json"}, {"doctor", "--strict"}} {
		if r := run(t, h.Banger(args...)); r.Exit > 1 || r.Stdout == "" {
			t.Errorf("%s: %v: exit %d, %s", name, args, r.Exit, r.Stderr)
		}
	}
	compare(t, name, before, contents(t, h.Dir))
}

// TestDoctorWithADaemonThatIsNoUse: it hangs, or it was killed and its socket is left.
func TestDoctorWithADaemonThatIsNoUse(t *testing.T) {
	h := ownHost(t, false)
	must(t, h, "daemon", "start")
	wantCheck(t, h, "daemon", "ok")
	pid := status(t, h).PID
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	wantCheck(t, h, "daemon", "fail")
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the daemon is gone", func() bool { return syscall.Kill(pid, 0) != nil })
	wantCheck(t, h, "daemon", "warn")
	must(t, h, "daemon", "start")
	wantCheck(t, h, "daemon", "ok")
}

// TestDoctorWhereFoldersAreAmiss: the state folder or the runtime folder is not to be used, and the rest is told all the same.
func TestDoctorWhereFoldersAreAmiss(t *testing.T) {
	for name, amiss := range map[string]func(dir string) error{
		"symlink": func(dir string) error { return os.Symlink(t.TempDir(), dir) },
		"open":    func(dir string) error { return errors.Join(os.Mkdir(dir, 0o700), os.Chmod(dir, 0o777)) },
		"file":    func(dir string) error { return os.WriteFile(dir, nil, 0o600) },
		"foreign": func(dir string) error {
			if os.Getuid() != 0 {
				return os.Symlink("/root", dir) // a plain user can give nothing away
			}
			return errors.Join(os.Mkdir(dir, 0o700), os.Chown(dir, somebody, somebody))
		},
	} {
		h := ownHost(t, false)
		for _, dir := range []string{h.State, h.Runtime} {
			if err := amiss(dir); err != nil {
				t.Fatal(err)
			}
			t.Run(name+" "+filepath.Base(dir), func(t *testing.T) {
				wantCheck(t, h, "folders", "fail")
				wantCheck(t, h, "config", "ok")
			})
			if err := os.Remove(dir); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestDoctorInOddEnvironments: a state folder 200 characters deep, a home with spaces, and no home at all.
func TestDoctorInOddEnvironments(t *testing.T) {
	h := ownHost(t, false)
	for name, env := range map[string][]string{
		"deep":    {"BANGER_STATE_DIR=" + filepath.Join(h.Dir, strings.Repeat("d", 100), strings.Repeat("e", 100))},
		"spaces":  {"HOME=" + filepath.Join(h.Dir, "a home"), "BANGER_STATE_DIR=" + filepath.Join(h.Dir, "a home", "state")},
		"no home": {"HOME="},
	} {
		for _, args := range [][]string{{"doctor"}, {"vm", "list"}, {"doctor"}, {"daemon", "stop"}} {
			if r := run(t, h.Banger(args...).With(env...).With("BANGER_RUNTIME_DIR=")); r.Exit != 0 {
				t.Errorf("%s: %v: exit %d\n%s%s", name, args, r.Exit, r.Stdout, r.Stderr)
			}
		}
	}
	// A plain user without a home has no folders; that is said, and the host is looked at.
	call := &harness.Call{Path: filepath.Join(h.Programs, "banger"), Args: []string{"doctor"}, Env: []string{"PATH=" + os.Getenv("PATH")}, Dir: "/"}
	if os.Getuid() == 0 {
		giveTo(t, h, somebody)
		defer giveTo(t, h, 0)
		as(call, somebody)
	}
	if r := run(t, call); r.Exit != 1 || !strings.Contains(r.Stdout, "HOME is not set") || !strings.Contains(r.Stdout, "ok    engine") {
		t.Errorf("no home: exit %d\n%s%s", r.Exit, r.Stdout, r.Stderr)
	}
}

// TestDoctorWithoutAnEngine: the row says so, with the package to install; so does a run.
func TestDoctorWithoutAnEngine(t *testing.T) {
	h := ownHost(t, true)
	path := "PATH=" + emptyPath(t, "mke2fs", "mmdebstrap", "apt-get", "dpkg-deb")
	r := run(t, h.Banger("doctor").With(path))
	if r.Exit != 1 || !strings.Contains(r.Stdout, "qemu-system-x86") {
		t.Errorf("exit %d\n%s", r.Exit, r.Stdout)
	}
	run(t, h.Banger("daemon", "start").With(path))
	wantRefusal(t, run(t, h.Banger(vmRun("--rm", "--", "true")...).With(path)), 125, []string{"qemu-system-x86"}, []string{"vm run, without QEMU"})
	wantNoVMs(t, h)
}

// TestDoctorFindsLeftovers: a folder without a row is named.
func TestDoctorFindsLeftovers(t *testing.T) {
	h := ownHost(t, true)
	must(t, h, "vm", "list")
	must(t, h, "daemon", "stop")
	folder := filepath.Join(h.State, "vms", "0123456789abcdef0123456789abcdef")
	leave(t, filepath.Join(folder, "work.ext4"))
	wantCheck(t, h, "leftovers", "warn")
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
}
