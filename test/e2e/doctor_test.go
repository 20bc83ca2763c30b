package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
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
	for _, code := range []string{"system", "engine", "mke2fs", "config", "folders", "agent", "database", "kernels", "images", "daemon", "leftovers"} {
		wantCheck(t, world.host, code, "ok")
	}
	r := banger(t, "doctor")
	if r.Exit != 0 || !strings.Contains(r.Stdout, "ready") {
		t.Errorf("exit %d\n%s%s", r.Exit, r.Stdout, r.Stderr)
	}
}

// TestDoctorChangesNothing: not on a host in use, and not on one where nothing of banger's exists yet.
func TestDoctorChangesNothing(t *testing.T) {
	h := ownHost(t, true)
	must(t, h, append([]string{"vm", "create", "--no-start", "--name", "still"}, small...)...)
	must(t, h, "daemon", "stop")
	for name, host := range map[string]*harness.Host{"used": h, "new": ownHost(t, false)} {
		before := contents(t, host.Dir)
		for _, args := range [][]string{{"doctor"}, {"doctor", "--json"}, {"doctor", "--strict"}} {
			if r := run(t, host.Banger(args...)); r.Exit > 1 || r.Stdout == "" {
				t.Errorf("%s: %v: exit %d, %s", name, args, r.Exit, r.Stderr)
			}
		}
		compare(t, name, before, contents(t, host.Dir))
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
