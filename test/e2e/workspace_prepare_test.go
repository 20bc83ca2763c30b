package e2e

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"banger/api"
)

// workspaceVM makes a VM of the shared host with a repository in it.
func workspaceVM(t *testing.T, r repository, name string) string {
	t.Helper()
	remove(t, name)
	must(t, world.host, append(vmRun("-d", "-q", "--name", name), r.dir)...)
	return name
}

// TestWorkspaceIsKnown: where it is shown, where commands begin, and what is said when the host has moved on.
func TestWorkspaceIsKnown(t *testing.T) {
	r := newRepository(t)
	vm := workspaceVM(t, r, "known")
	head := strings.TrimSpace(r.git("rev-parse", "HEAD"))
	shown := mustJSON[api.VM](t, world.host, "vm", "show", vm).Workspace
	if shown == nil || shown.Path != r.dir || shown.GuestPath != "/root/app" || shown.Commit != head || shown.Prepared.IsZero() {
		t.Errorf("show tells %+v", shown)
	}
	for _, args := range [][]string{{"ps"}, {"vm", "show", vm}} {
		if out := must(t, world.host, args...); !strings.Contains(out, "app@"+head[:7]) && !strings.Contains(out, r.dir) {
			t.Errorf("%v shows no workspace:\n%s", args, out)
		}
	}
	for want, args := range map[string][]string{"/root/app\n": nil, "/srv\n": {"-w", "/srv"}} {
		if got := must(t, world.host, append(append([]string{"vm", "exec"}, args...), vm, "--", "pwd")...); got != want {
			t.Errorf("exec %v begins in %q, want %q", args, got, want)
		}
	}
	r.git("commit", "-qam", "third")
	out := banger(t, "vm", "exec", vm, "--", "true")
	if !strings.Contains(out.Stderr, "HEAD of "+r.dir+" is") || !strings.Contains(out.Stderr, "vm workspace prepare "+vm) {
		t.Errorf("HEAD has moved, and exec says\n%s", out.Stderr)
	}
	out = banger(t, "vm", "exec", "--auto-prepare", vm, "--", "git", "log", "-1", "--format=%s")
	if out.Stdout != "third\n" || strings.Contains(out.Stderr, "HEAD of") {
		t.Errorf("renewed, the guest's HEAD is %q\n%s", out.Stdout, out.Stderr)
	}
	if out = banger(t, "vm", "exec", vm, "--", "true"); out.Stderr != "" {
		t.Errorf("renewed, exec says\n%s", out.Stderr)
	}
	must(t, world.host, "vm", "restart", vm)
	if got := must(t, world.host, "vm", "exec", vm, "--", "cat", "answer"); got != "42\n" {
		t.Errorf("started anew: %q", got)
	}
}

// TestPrepareAgain sends what changed, and overwrites nothing that was not exported.
func TestPrepareAgain(t *testing.T) {
	r := newRepository(t)
	vm := workspaceVM(t, r, "again")
	guest := func(script string) string {
		t.Helper()
		return must(t, world.host, "vm", "exec", "-w", "/root/app", vm, "--", "sh", "-c", script)
	}
	r.write("answer", "43\n")
	r.write("more", "more\n")
	r.git("add", "more")
	if err := os.Remove(filepath.Join(r.dir, "data")); err != nil {
		t.Fatal(err)
	}
	guest("echo built >x.o") // ignored: it stays and is in nobody's way
	done := mustJSON[api.PreparedWorkspace](t, world.host, "vm", "workspace", "prepare", vm)
	if done.Files != 2 || len(done.Overwritten) != 0 {
		t.Errorf("%d files were sent, %q overwritten; want 2 and none", done.Files, done.Overwritten)
	}
	if got := guest("cat answer more x.o; git status --porcelain"); got != "43\nmore\nbuilt\n M answer\n D data\n D gone\nA  more\nA  staged\n" {
		t.Errorf("after the second time: %q", got)
	}
	guest("echo mine >>answer; echo new >new")
	r.write("answer", "44\n")
	refused(t, world.host, 1, []string{"answer", "--force", "vm workspace export " + vm}, "vm", "workspace", "prepare", vm)
	dry := mustJSON[api.PreparedWorkspace](t, world.host, "vm", "workspace", "prepare", vm, "--dry-run", "--force")
	if len(dry.Overwritten) != 1 || dry.Overwritten[0] != "answer" {
		t.Errorf("it would overwrite %q", dry.Overwritten)
	}
	if got := guest("cat answer"); got != "43\nmine\n" {
		t.Errorf("a dry run has changed it: %q", got)
	}
	must(t, world.host, "vm", "workspace", "export", vm, "-o", filepath.Join(t.TempDir(), "patch"))
	must(t, world.host, "vm", "workspace", "prepare", vm) // nothing is lost: it was exported
	if got := guest("cat answer new"); got != "44\nnew\n" {
		t.Errorf("after export and prepare: %q", got)
	}
	guest("echo again >answer")
	must(t, world.host, "vm", "workspace", "prepare", vm, "--force")
	if got := guest("cat answer"); got != "44\n" {
		t.Errorf("after --force: %q", got)
	}
}

// TestPrepareInAnyVM: a VM that has none yet, a place of its own, a branch, all of the history.
func TestPrepareInAnyVM(t *testing.T) {
	r, vm := newRepository(t), "later"
	remove(t, vm)
	must(t, world.host, "vm", "create", "--name", vm, "--memory", "512M", "--vcpu", "1")
	refused(t, world.host, 1, []string{"has no workspace", "banger vm workspace prepare " + vm + " PATH"}, "vm", "workspace", "prepare", vm)
	refused(t, world.host, 1, []string{"has no workspace"}, "vm", "workspace", "export", vm)
	must(t, world.host, "vm", "exec", vm, "--", "sh", "-c", "mkdir /srv/here; echo mine >/srv/here/mine")
	refused(t, world.host, 1, []string{"/srv/here", "is not empty", "--guest-path"}, "vm", "workspace", "prepare", vm, r.dir, "--guest-path", "/srv/here")
	must(t, world.host, "vm", "workspace", "prepare", vm, r.dir, "--guest-path", "/srv/app", "--branch", "try", "--from", "HEAD~1", "--depth", "full")
	got := must(t, world.host, "vm", "exec", vm, "--", "sh", "-c", "pwd; git branch --show-current; git log --format=%s; git status --porcelain")
	if got != "/srv/app\ntry\nfirst\n" {
		t.Errorf("in the guest: %q", got)
	}
	must(t, world.host, "vm", "workspace", "prepare", vm) // the branch stays, and begins at HEAD now
	got = must(t, world.host, "vm", "exec", vm, "--", "sh", "-c", "pwd; git branch --show-current; git log --format=%s")
	if got != "/srv/app\ntry\nsecond\nfirst\n" {
		t.Errorf("renewed, in the guest: %q", got)
	}
	if branches := r.git("branch", "--format=%(refname:short)"); branches != "trunk\n" {
		t.Errorf("the repository here has %q", branches)
	}
}

// TestCopiesKeepTheWorkspace: a fork knows what it was sent, and so does a VM that went back to a snapshot.
func TestCopiesKeepTheWorkspace(t *testing.T) {
	r := newRepository(t)
	vm := workspaceVM(t, r, "parent")
	must(t, world.host, "vm", "snapshot", vm, "before-edits")
	t.Cleanup(func() { banger(t, "snapshot", "delete", "before-edits") })
	must(t, world.host, "vm", "exec", vm, "--", "sh", "-c", "echo 43 >answer")
	fork := strings.TrimSpace(must(t, world.host, "vm", "fork", vm))
	remove(t, fork)
	must(t, world.host, "vm", "exec", fork, "--", "sh", "-c", "echo fork >forked")
	names := func(ref string) string { return must(t, world.host, "vm", "workspace", "export", ref, "--name-only") }
	if got := names(fork); got != "answer\nforked\n" {
		t.Errorf("the fork has changed %q", got)
	}
	if got := names(vm); got != "answer\n" {
		t.Errorf("its parent has changed %q", got)
	}
	r.write("answer", "50\n")
	must(t, world.host, "vm", "workspace", "prepare", vm, "--force")
	must(t, world.host, "vm", "restore", vm, "before-edits", "--force")
	if got := names(vm); got != "" {
		t.Errorf("as it was when it had the first tree, it has changed %q", got)
	}
}

// TestWorkspaceOnAFullDisk is refused, leaves the guest as it was, and works as soon as there is room.
func TestWorkspaceOnAFullDisk(t *testing.T) {
	if os.Getuid() != 0 {
		return // only root can have a small file system to fill
	}
	h, r := hostOnTmpfs(t, "1500m"), newRepository(t)
	noise := make([]byte, 8<<20)
	rand.Read(noise)
	r.write("noise", string(noise))
	r.git("add", ".")
	must(t, h, append([]string{"vm", "create", "--name", "full"}, small...)...)
	ballast, patch := filepath.Join(h.State, "ballast"), filepath.Join(t.TempDir(), "patch")
	for _, args := range [][]string{{"vm", "workspace", "prepare", "full", r.dir}, {"vm", "workspace", "export", "full", "-o", patch}} {
		fill(t, ballast, 1<<20)
		refused(t, h, 1, []string{"hint: ", "room"}, args...)
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
		must(t, h, args...)
		must(t, h, "vm", "exec", "full", "--", "sh", "-c", "cat noise noise >more")
	}
	if left, err := filepath.Glob(filepath.Join(h.State, "workspaces", "*")); err != nil || len(left) != 1 {
		t.Errorf("there are %q, %v", left, err)
	}
}
