package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"banger/api"
)

// edits is work of every kind: committed, staged, not staged, unknown, ignored.
const edits = `set -e
echo 43 >answer; git commit -qam third
printf 'a\000b' >data; git add data
echo later >>Makefile; rm staged; chmod +x answer; ln -s bin/tool l2; mkdir -p new/deep; echo n >new/deep/n; echo i >i.o
git mv bin/tool bin/renamed`

// lookAtAll lists what an export must not change: all but the times of git's objects, which git renews when it finds that it has one,
// and of their folders.
const lookAtAll = `find . -path ./.git -prune -o -printf '%p %T@ %m %s\n' | sort; find .git -type f ! -path '*/objects/*' -printf '%p %T@ %m %s\n' | sort
find .git/objects -printf '%p %m %s\n' | sort; GIT_OPTIONAL_LOCKS=0 git status --porcelain; git stash list; git for-each-ref`

// TestExport brings all of it back, in every form, and changes nothing in the guest.
func TestExport(t *testing.T) {
	r := newRepository(t)
	vm := workspaceVM(t, r, "exports")
	must(t, world.host, "vm", "exec", vm, "--", "sh", "-c", edits)
	look := func() string {
		t.Helper()
		return must(t, world.host, "vm", "exec", vm, "--", "sh", "-c", lookAtAll)
	}
	before := look()
	want := r.copyOf()
	for _, step := range []struct{ name, text string }{{"answer", "43\n"}, {"data", "a\x00b"}, {"new/deep/n", "n\n"}} {
		want.write(step.name, step.text)
	}
	want.write("Makefile", string(readFile(t, filepath.Join(r.dir, "Makefile")))+"later\n")
	for _, err := range []error{
		os.Remove(filepath.Join(want.dir, "staged")), os.Symlink("bin/tool", filepath.Join(want.dir, "l2")),
		os.Rename(filepath.Join(want.dir, "bin/tool"), filepath.Join(want.dir, "bin/renamed")), os.Chmod(filepath.Join(want.dir, "answer"), 0o755),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	changed := "Makefile\nanswer\nbin/renamed\nbin/tool\ndata\nl2\nnew/deep/n\nstaged\n"

	if got := must(t, world.host, "vm", "workspace", "export", vm, "--name-only"); got != changed {
		t.Errorf("names: %q, want %q", got, changed)
	}
	if got := must(t, world.host, "vm", "workspace", "export", vm, "--stat"); !strings.Contains(got, "answer") || !strings.Contains(got, "Bin") {
		t.Errorf("stat:\n%s", got)
	}
	list := mustJSON[api.ExportedWorkspace](t, world.host, "vm", "workspace", "export", vm)
	if len(list.Files) != 8 || list.Workspace.Path != r.dir {
		t.Errorf("json: %+v", list)
	}
	patched, applied := r.copyOf(), r
	patch := filepath.Join(t.TempDir(), "p")
	must(t, world.host, "vm", "workspace", "export", vm, "--output", patch)
	if stdout := must(t, world.host, "vm", "workspace", "export", vm); stdout != string(readFile(t, patch)) {
		t.Error("standard output and --output differ")
	}
	patched.git("apply", patch)
	compare(t, "what the patch makes", want.files(), patched.files())

	must(t, world.host, "vm", "workspace", "export", vm, "--branch", "from-guest")
	if log := r.git("log", "--format=%s %an", "from-guest"); !strings.HasPrefix(log, "Uncommitted work") || !strings.Contains(log, "\nthird A Developer\nsecond") {
		t.Errorf("the branch has\n%s", log)
	}
	if got := r.git("show", "from-guest:new/deep/n") + r.git("branch", "--show-current"); got != "n\ntrunk\n" {
		t.Errorf("the branch: %q", got)
	}
	refused(t, world.host, 1, []string{"from-guest", "already"}, "vm", "workspace", "export", vm, "--branch", "from-guest")

	must(t, world.host, "vm", "workspace", "export", vm, "--apply")
	compare(t, "what --apply makes", want.files(), applied.files())
	must(t, world.host, "vm", "workspace", "export", vm, "--apply") // it has them already
	r.write("answer", "mine\n")
	refused(t, world.host, 1, []string{"answer", r.dir}, "vm", "workspace", "export", vm, "--apply")
	if after := look(); after != before {
		t.Errorf("the guest has changed:\n%s\nbefore:\n%s", after, before)
	}
}

// TestExportWithoutGitInTheGuest: the agent alone does it.
func TestExportWithoutGitInTheGuest(t *testing.T) {
	r := newRepository(t)
	vm := workspaceVM(t, r, "no-git")
	must(t, world.host, "vm", "exec", vm, "--", "sh", "-c", edits+"; rm $(command -v git)")
	changed := "Makefile\nanswer\nbin/renamed\nbin/tool\ndata\nl2\nnew/deep/n\nstaged\n"
	if got := must(t, world.host, "vm", "workspace", "export", vm, "--name-only"); got != changed {
		t.Errorf("names: %q, want %q", got, changed)
	}
	refused(t, world.host, 1, []string{"git"}, "vm", "workspace", "export", vm, "--branch", "x")
}

// TestHostileGuestChangesNothing: the guest is root of its own agent's files, its git and its repository, and the host takes the patch only.
func TestHostileGuestChangesNothing(t *testing.T) {
	r := newRepository(t)
	vm := workspaceVM(t, r, "hostile")
	canary := filepath.Join(t.TempDir(), "canary")
	must(t, world.host, "vm", "exec", vm, "--", "sh", "-c", fmt.Sprintf(`
		for f in core.fsmonitor core.sshCommand diff.external core.pager filter.x.clean filter.x.smudge filter.x.process diff.x.textconv diff.x.command core.hooksPath; do
			git config $f 'touch %[1]s'; done
		printf '* filter=x diff=x\n' >.gitattributes
		printf '[submodule "x"]\n\tpath = x\n\turl = ext::sh -c touch%%%% %[1]s\n' >.gitmodules
		mkdir -p .git/hooks .git/objects/info; printf '#!/bin/sh\ntouch %[1]s\n' >.git/hooks/post-checkout; chmod +x .git/hooks/post-checkout
		echo /etc >.git/objects/info/alternates
		ln -s /etc/passwd out; ln -s ../../x up; ln -s .git/config dotgit; echo 43 >answer`, canary))
	before := contents(t, r.dir)
	patch := filepath.Join(t.TempDir(), "p")
	out := banger(t, "vm", "workspace", "export", vm, "-o", patch)
	for _, name := range []string{"out", "up", "dotgit"} {
		if !strings.Contains(out.Stderr, "left out "+name) {
			t.Errorf("it does not say that %s is left out:\n%s", name, out.Stderr)
		}
	}
	compare(t, "the repository on the host", before, contents(t, r.dir))
	must(t, world.host, "vm", "workspace", "export", vm, "--apply")
	if got := r.git("status", "--porcelain"); strings.Contains(got, "?? out") || strings.Contains(got, "?? up") || !strings.Contains(got, ".gitattributes") {
		t.Errorf("applied:\n%s", got)
	}
	if _, err := os.Lstat(canary); err == nil {
		t.Error("something that the guest wrote was run on the host")
	}
}

// TestStopDoesNotWaitForACopy: a big workspace on its way in blocks neither stop nor delete, and nothing is left of it.
func TestStopDoesNotWaitForACopy(t *testing.T) {
	r, vm := newRepository(t), "busy"
	remove(t, vm)
	for i := range 8 {
		write(t, filepath.Join(r.dir, fmt.Sprintf("big%d", i)), strings.Repeat(fmt.Sprintf("%d bytes of much\n", i), 6<<20), 0o644)
	}
	r.git("add", ".")
	must(t, world.host, "vm", "create", "--name", vm, "--memory", "512M", "--vcpu", "1")
	for _, verb := range [][]string{{"vm", "stop", vm}, {"vm", "delete", "-f", vm}} {
		p, err := world.host.Banger("vm", "workspace", "prepare", vm, r.dir).Start()
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, "the copy is under way", func() bool {
			return banger(t, "vm", "exec", "-w", "/", vm, "--", "test", "-e", "/root/app/big0").Exit == 0
		})
		must(t, world.host, verb...)
		if out := p.Wait(t.Context()); out.Exit != 1 {
			t.Errorf("%v: the copy ended with %d\n%s", verb, out.Exit, out.Stderr)
		}
		if verb[1] == "stop" {
			must(t, world.host, "vm", "start", vm)
			must(t, world.host, "vm", "exec", vm, "--", "rm", "-rf", "/root/app")
		}
	}
}
