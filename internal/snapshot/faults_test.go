package snapshot

import (
	"context"
	"path/filepath"
	"slices"
	"testing"

	"banger/internal/step/steptest"
)

// keeping is everything that makes something, in one folder.
type keeping struct {
	*room
	spares   *Spares
	captures Captures
	named    Named
}

// keepingAt is a daemon's start.
func keepingAt(t *testing.T, dir string) keeping {
	t.Helper()
	k := keeping{room: roomAt(t, dir), captures: Captures(filepath.Join(dir, "captures")), named: Named(filepath.Join(dir, "snapshots"))}
	k.spares = &Spares{Templates: k.Templates, Machines: k.machines("vms"), User: func() uint32 { return 0 }, Log: k.Log}
	for _, err := range []error{k.spares.Sweep(t.Context(), func(string) bool { return false }), k.captures.Sweep(), k.named.Sweep(nil)} {
		if err != nil {
			t.Error(err)
		}
	}
	return k
}

// holds checks that a folder has so many entries.
func (k keeping) holds(folder string, want int) {
	k.t.Helper()
	if got, _ := filepath.Glob(filepath.Join(k.dir, folder, "*")); len(got) != want {
		k.t.Errorf("left: %q, want %d", got, want)
	}
	if hidden, _ := filepath.Glob(filepath.Join(k.dir, folder, ".*")); len(hidden) != 0 {
		k.t.Errorf("left: %q", hidden)
	}
}

func (k keeping) spare() *Spare {
	k.t.Helper()
	k.make(shapeOf("a"))
	s, err := k.spares.make(k.t.Context(), k.find(shapeOf("a")), shapeOf("a"), k.parts)
	if err != nil {
		k.t.Fatal(err)
	}
	k.t.Cleanup(func() { s.Discard(context.Background()) })
	return s
}

func TestFaults(t *testing.T) {
	for name, ready := range map[string]func(k keeping) (do func() error, folder string){
		"template": func(k keeping) (func() error, string) {
			return func() error { return k.Make(k.t.Context(), shapeOf("a"), k.parts, nil) }, "templates"
		},
		"spare": func(k keeping) (func() error, string) {
			k.make(shapeOf("a"))
			return func() error {
				s, err := k.spares.make(k.t.Context(), k.find(shapeOf("a")), shapeOf("a"), k.parts)
				if err == nil {
					k.t.Cleanup(func() { s.Discard(context.Background()) })
				}
				return err
			}, "vms"
		},
		"capture": func(k keeping) (func() error, string) {
			s := k.spare()
			return func() error { _, _, err := k.captures.Capture(k.t.Context(), s.Machine); return err }, "captures"
		},
		"snapshot": func(k keeping) (func() error, string) {
			s, id := k.spare(), newID()
			return func() error { return k.named.Save(k.t.Context(), id, s.Machine, true) }, "snapshots"
		},
		"snapshot of disks": func(k keeping) (func() error, string) {
			m, id := k.machines("vms").Machine(newID()), newID()
			if err := m.CreateDisks(k.t.Context(), 64<<20, 64<<20); err != nil {
				k.t.Fatal(err)
			}
			return func() error { return k.named.Save(k.t.Context(), id, m, false) }, "snapshots"
		},
	} {
		t.Run(name, func(t *testing.T) {
			steptest.Fail(t, func(t *testing.T) steptest.Case {
				k := keepingAt(t, t.TempDir())
				do, folder := ready(k)
				making := func() { k.holds("making", 0); k.holds("making-run", 0) }
				return steptest.Case{
					Do: do, Failed: func() { making(); k.holds(folder, 0) }, Done: func() { making(); k.holds(folder, 1) },
				}
			})
		})
	}
}

// A daemon that is killed leaves nothing that the next one does not remove, and templates that are whole.
func TestKilled(t *testing.T) {
	steptest.Kill(t, func(t *testing.T, dir string) {
		k := keepingAt(t, dir)
		s := k.spare()
		if err := k.named.Save(t.Context(), newID(), s.Machine, true); err != nil {
			t.Error(err)
		}
		if _, _, err := k.captures.Capture(t.Context(), s.Machine); err != nil {
			t.Error(err)
		}
	}, func(t *testing.T, dir string) {
		k := keepingAt(t, dir)
		for _, folder := range []string{"making", "vms", "snapshots", "captures"} {
			k.holds(folder, 0)
		}
		k.spare()
		if names := k.left(); !slices.Equal(names, []string{k.find(shapeOf("a")).Key}) {
			t.Errorf("left: %q", names)
		}
	})
}
