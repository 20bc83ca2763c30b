package vm

import (
	"banger/internal/model"
)

// verbs are the pipelines: ready makes a host ready for one, do runs it, and can be called again, done checks what has come of it.
var verbs = map[string]struct {
	ready func(b *bench)
	do    func(b *bench) error
	done  func(b *bench)
}{
	"create": {
		do:   func(b *bench) error { _, err := b.Create(b.t.Context(), ask("web"), nil); return err },
		done: func(b *bench) { b.mustBe(model.StateRunning) },
	},
	"create without a start": {
		do:   func(b *bench) error { _, err := b.Create(b.t.Context(), idle("web"), nil); return err },
		done: func(b *bench) { b.mustBe(model.StateCreated) },
	},
	"create of a spare": {
		ready: func(b *bench) { b.addSpare() },
		do:    func(b *bench) error { _, err := b.Create(b.t.Context(), ask("web"), nil); return err },
		done:  func(b *bench) { b.mustBe(model.StateRunning) },
	},
	"start": {
		ready: func(b *bench) { b.create(idle("web")) },
		do:    func(b *bench) error { _, err := b.Start(b.t.Context(), "web", nil); return err },
		done:  func(b *bench) { b.mustBe(model.StateRunning) },
	},
	"second start": {
		ready: func(b *bench) { b.create(ask("web")); b.stop("web") },
		do:    func(b *bench) error { _, err := b.Start(b.t.Context(), "web", nil); return err },
		done:  func(b *bench) { b.mustBe(model.StateRunning) },
	},
	"restart": {
		ready: func(b *bench) { b.create(ask("web")) },
		do:    func(b *bench) error { _, err := b.Restart(b.t.Context(), "web", 0, nil); return err },
		done:  func(b *bench) { b.mustBe(model.StateRunning) },
	},
	"stop": {
		ready: func(b *bench) { b.create(ask("web")) },
		do:    func(b *bench) error { _, err := b.Stop(b.t.Context(), "web", 0); return err },
		done:  func(b *bench) { b.mustBe(model.StateStopped) },
	},
	"kill": {
		ready: func(b *bench) { b.create(ask("web")) },
		do:    func(b *bench) error { _, err := b.Kill(b.t.Context(), "web", ""); return err },
		done:  func(b *bench) { b.mustBe(model.StateStopped) },
	},
	"stop of an ephemeral one": {
		ready: func(b *bench) { r := ask("web"); r.Ephemeral = true; b.create(r) },
		do:    func(b *bench) error { _, err := b.Stop(b.t.Context(), "web", 0); return unlessGone(err) },
		done:  (*bench).mustBeGone,
	},
	"delete": {
		ready: func(b *bench) { b.create(ask("web")); b.stop("web") },
		do:    func(b *bench) error { return unlessGone(b.Delete(b.t.Context(), "web", false)) },
		done:  (*bench).mustBeGone,
	},
	"forced delete": {
		ready: func(b *bench) { b.create(ask("web")) },
		do:    func(b *bench) error { return unlessGone(b.Delete(b.t.Context(), "web", true)) },
		done:  (*bench).mustBeGone,
	},
	"pause": {
		ready: func(b *bench) { b.create(ask("web")) },
		do:    func(b *bench) error { _, err := b.Pause(b.t.Context(), "web"); return err },
		done:  func(b *bench) { b.mustBe(model.StatePaused) },
	},
	"resume": {
		ready: func(b *bench) { b.create(ask("web")); second(b.Pause(b.t.Context(), "web")) },
		do:    func(b *bench) error { _, err := b.Resume(b.t.Context(), "web"); return err },
		done:  func(b *bench) { b.mustBe(model.StateRunning) },
	},
	"set": {
		ready: func(b *bench) { b.create(ask("web")) },
		do:    func(b *bench) error { _, err := b.Set(b.t.Context(), "web", Change{VCPU: change(2)}); return err },
		done: func(b *bench) {
			if v := b.show("web"); v.Spec.VCPU != 2 {
				b.t.Errorf("it has %d vCPUs", v.Spec.VCPU)
			}
		},
	},
	"fork": {
		ready: func(b *bench) { b.create(ask("web")) },
		do:    func(b *bench) error { _, err := b.Fork(b.t.Context(), "web", 1, nil); return err },
		done:  func(b *bench) { b.mustBe(model.StateRunning) },
	},
	"snapshot": {
		ready: func(b *bench) { b.create(ask("web")) },
		do:    func(b *bench) error { return unlessTaken(second(b.Snapshot(b.t.Context(), "web", "s", nil))) },
		done:  func(b *bench) { b.mustHaveKept("s") },
	},
	"snapshot of a stopped one": {
		ready: func(b *bench) { b.create(ask("web")); b.stop("web") },
		do:    func(b *bench) error { return unlessTaken(second(b.Snapshot(b.t.Context(), "web", "s", nil))) },
		done:  func(b *bench) { b.mustHaveKept("s") },
	},
	"delete of a snapshot": {
		ready: func(b *bench) { b.create(ask("web")); b.snapshot("web", "s") },
		do:    func(b *bench) error { return unlessGone(b.DeleteSnapshot(b.t.Context(), "s")) },
		done:  func(b *bench) { b.mustHaveKept() },
	},
	"restore": {
		ready: func(b *bench) { b.create(ask("web")); b.snapshot("web", "s") },
		do:    func(b *bench) error { _, err := b.Restore(b.t.Context(), "web", "s", b.again(), nil); return err },
		done:  func(b *bench) { b.mustBe(model.StateRunning) },
	},
	"restore of disks": {
		ready: func(b *bench) { b.create(ask("web")); b.stop("web"); b.snapshot("web", "s") },
		do:    func(b *bench) error { _, err := b.Restore(b.t.Context(), "web", "s", b.again(), nil); return err },
		done:  func(b *bench) { b.mustBe(model.StateStopped) },
	},
}
