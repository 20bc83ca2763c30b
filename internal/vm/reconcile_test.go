package vm

import (
	"context"
	"strings"
	"testing"

	"banger/internal/model"
)

func TestRestartKeepsWhatRuns(t *testing.T) {
	b := newBench(t)
	before := b.create(ask("web"))
	b.restart()
	after := b.show("web")
	if after.State != model.StateRunning || after.Runtime.BootID != before.Runtime.BootID {
		t.Errorf("state %s, boot id %s, want running and %s", after.State, after.Runtime.BootID, before.Runtime.BootID)
	}
	// The new daemon sees its end.
	b.world.double(after.ID).end(exitOf("poweroff", false))
	b.eventually("stopped", func() bool { return b.show("web").State == model.StateStopped })
}

// What a record says, what is so, and what the next daemon makes of it.
func TestReconcile(t *testing.T) {
	const gone model.State = "gone"
	for name, c := range map[string]struct {
		state     model.State
		alive     bool
		ephemeral bool
		ran       bool
		want      model.State
		reason    bool
	}{
		"running":               {state: model.StateRunning, alive: true, ran: true, want: model.StateRunning},
		"running, dead":         {state: model.StateRunning, ran: true, want: model.StateStopped, reason: true},
		"rm, running":           {state: model.StateRunning, alive: true, ran: true, ephemeral: true, want: model.StateRunning},
		"rm, dead":              {state: model.StateRunning, ran: true, ephemeral: true, want: gone},
		"first start":           {state: model.StateStarting, want: model.StateCreated, reason: true},
		"first start, alive":    {state: model.StateStarting, alive: true, want: model.StateCreated, reason: true},
		"later start":           {state: model.StateStarting, ran: true, want: model.StateStopped, reason: true},
		"later start, alive":    {state: model.StateStarting, alive: true, ran: true, want: model.StateStopped, reason: true},
		"rm, start":             {state: model.StateStarting, ephemeral: true, want: gone},
		"rm, start, alive":      {state: model.StateStarting, alive: true, ephemeral: true, want: gone},
		"stopping":              {state: model.StateStopping, alive: true, ran: true, want: model.StateStopped, reason: true},
		"stopping, dead":        {state: model.StateStopping, ran: true, want: model.StateStopped, reason: true},
		"rm, stopping":          {state: model.StateStopping, alive: true, ran: true, ephemeral: true, want: gone},
		"rm, stopped":           {state: model.StateStopped, ran: true, ephemeral: true, want: gone},
		"stopped":               {state: model.StateStopped, ran: true, want: model.StateStopped},
		"created":               {state: model.StateCreated, want: model.StateCreated},
		"error":                 {state: model.StateError, want: model.StateError},
		"rm, deleted, no files": {state: model.StateCreated, ephemeral: true, want: gone},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.Fleet.Close()
			record := b.rowOf(c.state, c.ephemeral, c.ran)
			d := b.world.double(record.ID)
			if c.alive {
				d.files, d.running, d.over = true, true, make(chan struct{})
			}
			b.restart()
			if strings.Contains(b.log.String(), "level=ERROR") {
				t.Errorf("log: %s", &b.log)
			}
			vms, err := b.List(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			got := gone
			if len(vms) == 1 {
				got = vms[0].State
				if has := vms[0].Runtime.Reason != ""; has != c.reason {
					t.Errorf("reason %q, want one: %v", vms[0].Runtime.Reason, c.reason)
				}
			}
			running, files := d.alive()
			if got != c.want || running != (c.want == model.StateRunning) {
				t.Errorf("state %s, machine runs: %v, want %s", got, running, c.want)
			}
			if got == gone && files {
				t.Error("its files are left")
			}
		})
	}
}

func (b *bench) rowOf(state model.State, ephemeral, ran bool) model.VMRecord {
	b.t.Helper()
	img, err := b.store.ImageByName(b.t.Context(), "debian-bookworm")
	if err != nil {
		b.t.Fatal(err)
	}
	r := ask("web")
	record := newRecord(r, b.spec(r), img.ID)
	record.State, record.Spec.Ephemeral = state, ephemeral
	if ran {
		record.Runtime.StartedAt = now()
	}
	if record, err = b.store.CreateVM(b.t.Context(), record, b.settings.Subnet); err != nil {
		b.t.Fatal(err)
	}
	return record
}

// The disks of a VM that has run are never made anew, even if its row does not say when it ran.
func TestDisksOfAnOlderVersionsVMAreKept(t *testing.T) {
	b := newBench(t)
	record := b.rowOf(model.StateStopped, false, false)
	b.world.double(record.ID).files = true
	b.world.setAt(func(_ context.Context, call, _ string) error {
		if call == "disks" {
			t.Error("its disks were made anew")
		}
		return nil
	})
	if _, err := b.Start(t.Context(), "web", nil); err != nil {
		t.Error(err)
	}
}

// A machine that does not answer keeps only its own VM from being used.
func TestReconcileDoesNotWaitForWhatHangs(t *testing.T) {
	b := newBench(t)
	slow, quick := b.create(ask("slow")), b.create(ask("quick"))
	b.Close()
	b.world.setAt(func(ctx context.Context, call, id string) error {
		if id == slow.ID && call == "status" {
			<-ctx.Done()
			return ctx.Err()
		}
		return nil
	})
	b.Fleet = b.fleet()
	if err := b.Reconcile(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Stop(t.Context(), quick.ID, 0); err != nil {
		t.Errorf("stop of a VM that answers: %v", err)
	}
	if err := b.Delete(t.Context(), slow.ID, true); err != nil {
		t.Errorf("delete of one that does not: %v", err)
	}
}

// A database that was replaced must not cost the disks of the machines it does not know.
func TestFolderWithoutARecordIsLeftAlone(t *testing.T) {
	b := newBench(t)
	known := b.create(ask("web"))
	d := b.world.double(newID())
	d.files = true
	b.restart()
	if _, files := d.alive(); !files {
		t.Error("the files of a machine without a record were removed")
	}
	b.Close()
	if log := b.log.String(); !strings.Contains(log, "id="+d.id) || strings.Contains(log, "id="+known.ID) {
		t.Errorf("log %s, want it to name the folder without a record, and no other", log)
	}
}
