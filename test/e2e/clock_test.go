package e2e

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"banger/api"
	"banger/internal/store"
	"banger/test/harness"
)

// shift makes everything that a host has written down look as if it had been written at another time: what a clock that jumps
// the other way comes to. The daemon does not run.
func shift(t *testing.T, h *harness.Host, by time.Duration) {
	t.Helper()
	db, err := store.Open(t.Context(), filepath.Join(h.State, "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	vms, err := db.VMs(t.Context())
	for _, vm := range vms {
		for _, at := range []*time.Time{&vm.CreatedAt, &vm.UpdatedAt, &vm.LastTouchedAt, &vm.Runtime.StartedAt, &vm.Runtime.StoppedAt} {
			if !at.IsZero() {
				*at = at.Add(by)
			}
		}
		if err := db.UpsertVM(t.Context(), vm); err != nil {
			t.Fatal(err)
		}
	}
	if closed := db.Close(); err != nil || closed != nil {
		t.Fatal(err, closed)
	}
	for _, dir := range []string{h.State, h.Cache} {
		err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			at := time.Now().Add(by)
			return os.Chtimes(path, at, at)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestAClockThatJumps, by ten years back and forth: VMs run on, stop, start and are made, commands count as uses, and lists and logs
// make sense.
func TestAClockThatJumps(t *testing.T) {
	h := ownHost(t, true)
	must(t, h, append([]string{"vm", "create", "--name", "runs"}, small...)...)
	must(t, h, append([]string{"vm", "create", "--no-start", "--name", "idle"}, small...)...)
	for _, by := range []time.Duration{10 * 365 * 24 * time.Hour, -20 * 365 * 24 * time.Hour} {
		must(t, h, "daemon", "stop")
		shift(t, h, by)
		if list := must(t, h, "ps", "-a"); !strings.Contains(list, "runs") || !strings.Contains(list, "idle") || strings.Contains(list, "-1") {
			t.Errorf("shifted by %s: %s", by, list)
		}
		if got := must(t, h, "vm", "exec", "runs", "--", "echo", "here"); got != "here\n" {
			t.Errorf("shifted by %s: it says %q", by, got)
		}
		must(t, h, "vm", "logs", "--since", "1h", "runs")
		must(t, h, "vm", "restart", "runs")
		must(t, h, "system", "df")
		must(t, h, append([]string{"vm", "create", "--no-start", "--name", "new"}, small...)...)
		if vm := mustJSON[api.VM](t, h, "vm", "show", "runs"); time.Since(vm.Touched).Abs() > patience || time.Since(vm.Started).Abs() > patience {
			t.Errorf("shifted by %s, and started again: started %s, last used %s", by, vm.Started, vm.Touched)
		}
		must(t, h, "vm", "delete", "new")
	}
}
