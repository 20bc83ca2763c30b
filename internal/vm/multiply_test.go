package vm

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"banger/internal/problem"
)

func TestForkMakesCopiesThatStay(t *testing.T) {
	b := newBench(t)
	r := ask("web")
	r.Ephemeral, r.Env = true, map[string]string{"A": "1"}
	parent := b.create(r)
	forks, err := b.Fork(t.Context(), "web", 3, nil)
	if err != nil || len(forks.VMs) != 3 || forks.Paused <= 0 {
		t.Fatalf("got %+v, %v", forks, err)
	}
	seen := map[string]bool{parent.Name: true, parent.Runtime.GuestIP: true}
	for _, vm := range forks.VMs {
		if seen[vm.Name] || seen[vm.Runtime.GuestIP] || vm.Spec.Ephemeral || vm.Spec.Env["A"] != "1" || vm.Runtime.Start != "forked from web" {
			t.Errorf("a copy: %+v", vm.VMRecord)
		}
		seen[vm.Name], seen[vm.Runtime.GuestIP] = true, true
		if c := b.world.double(vm.ID).configure; !c.Forked || !c.Fresh || c.BootID == "" || c.MachineID != vm.ID || c.Hostname != vm.Name {
			t.Errorf("it was configured with %+v", c)
		}
	}
}

// A copy that fails takes nothing else along, and is not made otherwise: it would be another VM.
func TestForkThatFailsInPart(t *testing.T) {
	b := newBench(t)
	b.create(ask("web"))
	var starts atomic.Int32
	b.world.setAt(func(_ context.Context, call, _ string) error {
		if call == "start" && starts.Add(1) == 2 {
			return errors.New("no memory")
		}
		return nil
	})
	forks, err := b.Fork(t.Context(), "web", 3, nil)
	if err == nil || !strings.Contains(err.Error(), "no memory") || !strings.Contains(err.Error(), "of 3 copies these were made") || len(forks.VMs) != 2 {
		t.Errorf("got %+v, %v", forks, err)
	}
	if vms, err := b.List(t.Context()); err != nil || len(vms) != 3 {
		t.Errorf("%d VMs are there, want the first and two copies: %v", len(vms), err)
	}
}

func TestForkRefuses(t *testing.T) {
	b := newBench(t)
	b.create(ask("web"))
	for _, count := range []int{0, -1, maxForks + 1} {
		if _, err := b.Fork(t.Context(), "web", count, nil); problem.CodeOf(err) != problem.Invalid {
			t.Errorf("%d copies: %v", count, err)
		}
	}
	if _, err := b.Stop(t.Context(), "web", 0); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Fork(t.Context(), "web", 1, nil); problem.CodeOf(err) != problem.Conflict || !strings.Contains(err.Error(), "stopped") {
		t.Errorf("of a VM that is stopped: %v", err)
	}
}
