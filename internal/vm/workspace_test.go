package vm

import (
	"os"
	"path/filepath"
	"testing"

	"banger/internal/problem"
	"banger/internal/step/steptest"
	"banger/internal/workspace"
)

// withFolder is a request for a VM with a folder in it.
func withFolder(t *testing.T, name string) Request {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "app")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "file"), []byte("text"), 0o644); err != nil {
		t.Fatal(err)
	}
	r := ask(name)
	r.Workspace = &workspace.Source{Path: dir}
	return r
}

// TestWorkspacesFailAtEveryPoint: wherever a VM with a workspace fails to be made, copied or deleted, nothing is half done.
func TestWorkspacesFailAtEveryPoint(t *testing.T) {
	for name, verb := range map[string]struct {
		ready func(*bench)
		do    func(*bench, Request) error
		vms   int // afterwards, at least: copies that were made before a fork failed stay
	}{
		"create":            {func(*bench) {}, func(b *bench, r Request) error { return second(b.Create(b.t.Context(), r, nil)) }, 1},
		"create of a spare": {func(b *bench) { b.addSpare() }, func(b *bench, r Request) error { return second(b.Create(b.t.Context(), r, nil)) }, 1},
		"fork":              {func(b *bench) { b.create(withFolder(b.t, "web")) }, func(b *bench, _ Request) error { return second(b.Fork(b.t.Context(), "web", 1, nil)) }, 2},
		"delete":            {func(b *bench) { b.create(withFolder(b.t, "web")) }, func(b *bench, _ Request) error { return unlessGone(b.Delete(b.t.Context(), "web", true)) }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			steptest.Fail(t, func(t *testing.T) steptest.Case {
				b := newBench(t)
				verb.ready(b)
				r := withFolder(t, "web")
				return steptest.Case{
					Do:     func() error { return verb.do(b, r) },
					Failed: b.mustAgree,
					Done: func() {
						b.mustAgree()
						if vms, err := b.List(t.Context()); err != nil || len(vms) < verb.vms {
							t.Errorf("%d VMs, %v, want %d", len(vms), err, verb.vms)
						}
					},
				}
			})
		})
	}
}

// TestWorkspaceIsWrittenDown, and goes with its VM; what a dead daemon has left goes when the next one comes.
func TestWorkspaceIsWrittenDown(t *testing.T) {
	b := newBench(t)
	r := withFolder(t, "web")
	v := b.create(r)
	run := b.show("web").Runtime
	if run.WorkspacePath != r.Workspace.Path || run.WorkspaceGuestPath != "/root/app" || run.WorkspaceAt.IsZero() {
		t.Errorf("the row says %+v", run)
	}
	if err := os.MkdirAll(filepath.Join(b.workspaces, "nobody", "objects"), 0o700); err != nil {
		t.Fatal(err)
	}
	b.restart()
	b.mustAgree()
	if err := b.Delete(t.Context(), v.ID, true); err != nil {
		t.Error(err)
	}
	b.mustBeGone()
	b.mustAgree()
}

// TestWorkspaceRefusals: each before anything is done, with what to do instead.
func TestWorkspaceRefusals(t *testing.T) {
	b := newBench(t)
	r := withFolder(t, "web")
	r.Start = false
	wantCode(t, second(b.Create(t.Context(), r, nil)), problem.Invalid)
	r.Start, r.Workspace.Path = true, "/no/such/folder"
	wantCode(t, second(b.Create(t.Context(), r, nil)), problem.NotFound)
	b.mustBeGone()
	b.create(idle("off"))
	b.create(ask("bare"))
	for _, ref := range []string{"off", "bare"} {
		wantCode(t, second(b.Prepare(t.Context(), ref, Prepare{}, nil)), problem.Conflict)
		wantCode(t, second(b.Export(t.Context(), ref, Export{}, nil)), problem.Conflict)
		wantCode(t, second(b.Pending(t.Context(), ref)), problem.Conflict)
		wantCode(t, second(b.Patch(t.Context(), ref)), problem.NotFound)
	}
	if head, was, err := b.Moved(t.Context(), "bare"); head != "" || was != "" || err != nil {
		t.Errorf("%q, %q, %v", head, was, err)
	}
}
