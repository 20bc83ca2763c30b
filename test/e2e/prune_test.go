package e2e

import (
	"strings"
	"testing"

	"banger/api"
)

// usageOf is what one kind of things takes on a host's disk.
func usageOf(t *testing.T, usage api.DiskUsage, kind string) api.Usage {
	t.Helper()
	for _, item := range usage.Items {
		if item.Kind == kind {
			return item
		}
	}
	t.Fatalf("nothing is said of %s: %+v", kind, usage)
	return api.Usage{}
}

// TestPrune: what can be made anew goes, and VMs that do not run, each when asked for, and nothing else.
func TestPrune(t *testing.T) {
	h := warmHost(t)
	must(t, h, append([]string{"vm", "create", "--name", "runs"}, small...)...)
	must(t, h, append([]string{"vm", "create", "--name", "stopped"}, small...)...)
	must(t, h, "vm", "stop", "stopped")
	must(t, h, append([]string{"vm", "create", "--no-start", "--name", "never"}, small...)...)
	before := mustJSON[api.DiskUsage](t, h, "system", "df")
	if got := usageOf(t, before, "templates"); got.Count != 1 || got.Size < 1<<20 || got.Reclaimable != got.Size {
		t.Errorf("templates: %+v", got)
	}
	if vms, images := usageOf(t, before, "vms"), usageOf(t, before, "images"); vms.Count != 3 || vms.Size == 0 || images.Count != 1 || images.Reclaimable != 0 {
		t.Errorf("VMs: %+v, images: %+v", vms, images)
	}
	refused(t, h, 2, []string{"terminal", "-f"}, "system", "prune")
	refused(t, h, 2, []string{"stopped", "never", "terminal", "-f"}, "vm", "prune")

	if r := run(t, h.Banger("vm", "prune", "-f")); r.Exit != 0 || r.Stdout != "stopped\nnever\n" && r.Stdout != "never\nstopped\n" || !strings.Contains(r.Stderr, "stopped") {
		t.Errorf("vm prune: exit %d, %q, %q", r.Exit, r.Stdout, r.Stderr)
	}
	must(t, h, "system", "prune", "-f")
	after := mustJSON[api.DiskUsage](t, h, "system", "df")
	if got := usageOf(t, after, "templates"); got.Count != 0 || got.Size != 0 {
		t.Errorf("templates afterwards: %+v", got)
	}
	if got := usageOf(t, after, "vms"); got.Count != 1 {
		t.Errorf("VMs afterwards: %+v", got)
	}
	if got := must(t, h, "vm", "exec", "runs", "--", "echo", "here"); got != "here\n" {
		t.Errorf("the VM that runs says %q", got)
	}
	if how := howStarted(t, h); !strings.HasPrefix(how, "booted") {
		t.Errorf("without templates the next one was %s", how)
	}
}
