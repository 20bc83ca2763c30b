package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"banger/api"
)

// TestRunWithARepository is what a newcomer types first.
func TestRunWithARepository(t *testing.T) {
	r := newRepository(t)
	before := contents(t, r.dir)
	out := banger(t, append(vmRun("--rm", filepath.Join(r.dir, "bin"), "--"), "sh", "-c", `
		make test 2>/dev/null || { grep -q 42 answer && echo passed; }
		pwd; bin/tool; readlink link; ls; git status --porcelain; git log --format=%s; git remote get-url origin
		git config user.name; git branch --show-current; ls .git/hooks 2>/dev/null; exit 7`)...)
	want := `passed
/root/app
tool
answer
Makefile
answer
bin
data
link
staged
 M answer
 D gone
A  staged
second
first
https://git.example.org/app.git
A Developer
trunk
`
	if out.Stdout != want || out.Exit != 7 {
		t.Errorf("exit %d, standard output\n%s\nwant\n%s\n%s", out.Exit, out.Stdout, want, out.Stderr)
	}
	for _, word := range []string{"1 file that git neither tracks nor ignores stayed behind", "--include-untracked"} {
		if !strings.Contains(out.Stderr, word) {
			t.Errorf("it does not say %q:\n%s", word, out.Stderr)
		}
	}
	if strings.Contains(out.Stderr, "lost") {
		t.Errorf("nothing was changed, and it says that something is lost:\n%s", out.Stderr)
	}
	compare(t, "the repository on the host", before, contents(t, r.dir))
	if left, err := os.ReadDir(filepath.Join(world.host.State, "workspaces")); err != nil || len(left) != len(withWorkspace(t)) {
		t.Errorf("%d workspaces are kept, %v", len(left), err)
	}
}

// withWorkspace are the VMs of the shared host that have one.
func withWorkspace(t *testing.T) (found []api.VM) {
	t.Helper()
	for _, vm := range vms(t) {
		if vm.Workspace != nil {
			found = append(found, vm)
		}
	}
	return found
}

func TestDryRunMakesNoVM(t *testing.T) {
	r, before := newRepository(t), len(vms(t))
	out := banger(t, "run", r.dir, "--dry-run")
	if want := ".gitignore\nMakefile\nanswer\nbin/tool\ndata\nlink\nstaged\n"; out.Stdout != want || out.Exit != 0 {
		t.Errorf("exit %d, it lists\n%s\nwant\n%s\n%s", out.Exit, out.Stdout, want, out.Stderr)
	}
	out = banger(t, "run", r.dir, "--dry-run", "--include-untracked", "-q")
	if !strings.Contains(out.Stdout, "secret.env\n") || strings.Contains(out.Stdout, "build.o") || out.Stderr != "" {
		t.Errorf("with --include-untracked it lists\n%s\n%s", out.Stdout, out.Stderr)
	}
	if after := len(vms(t)); after != before {
		t.Errorf("there were %d VMs, and are %d", before, after)
	}
}

// TestRunTellsWhatIsLost: with --rm changes go with the VM, unless they are exported.
func TestRunTellsWhatIsLost(t *testing.T) {
	r := newRepository(t)
	out := banger(t, append(vmRun("--rm", r.dir, "--"), "sh", "-c", "echo 43 >answer; echo new >new; echo x >more.o; exit 3")...)
	for _, word := range []string{"2 files changed", "is lost", "--export"} {
		if !strings.Contains(out.Stderr, word) || out.Exit != 3 {
			t.Errorf("exit %d, and it does not say %q:\n%s", out.Exit, word, out.Stderr)
		}
	}
	patch := filepath.Join(t.TempDir(), "p")
	out = banger(t, append(vmRun("--rm", r.dir, "--export", patch, "--"), "sh", "-c", "echo 43 >answer; git commit -qam third; echo new >new; exit 3")...)
	if out.Exit != 3 || strings.Contains(out.Stderr, "lost") {
		t.Fatalf("exit %d\n%s", out.Exit, out.Stderr)
	}
	r.git("apply", patch)
	if got := string(readFile(t, filepath.Join(r.dir, "answer"))) + string(readFile(t, filepath.Join(r.dir, "new"))); got != "43\nnew\n" {
		t.Errorf("after the patch: %q", got)
	}
	out = banger(t, append(vmRun("--rm", "-q", r.dir, "--export", "branch=from-guest", "--"), "sh", "-c", "echo 44 >answer; git commit -qam fourth")...)
	if out.Exit != 0 || r.git("show", "from-guest:answer") != "44\n" {
		t.Errorf("exit %d, branch\n%s\n%s", out.Exit, r.git("log", "--oneline", "--all"), out.Stderr)
	}
}

// TestBadPathsMakeNoVM: every mistake is refused before anything is made.
func TestBadPathsMakeNoVM(t *testing.T) {
	r, before := newRepository(t), len(vms(t))
	bare := repository{t, filepath.Join(t.TempDir(), "bare.git")}
	if err := os.Mkdir(bare.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	bare.git("init", "-q", "--bare")
	for what, args := range map[string][]string{
		"is a bare repository": {bare.dir},
		"git's own folder":     {filepath.Join(r.dir, ".git")},
		"no-such-revision":     {r.dir, "--branch", "x", "--from", "no-such-revision"},
		"is no name":           {r.dir, "--branch", "a..b"},
		"--from says":          {r.dir, "--from", "HEAD"},
		"no such folder":       {filepath.Join(r.dir, "nowhere")},
		"is a file":            {filepath.Join(r.dir, "answer")},
		"has a branch":         {r.dir, "--export", "branch=trunk"},
		"that is there":        {r.dir, "--export", "/nowhere/x"},
	} {
		refused(t, world.host, 125, []string{what}, append(append([]string{"run", "--rm"}, args...), "--", "true")...)
	}
	if after := len(vms(t)); after != before {
		t.Errorf("there were %d VMs, and are %d", before, after)
	}
}

// TestFolderWithoutGit goes whole, but for what .bangerignore names, and comes back as a patch.
func TestFolderWithoutGit(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "plain")
	for name, text := range map[string]string{"a": "a\n", "sub/b": "b\n", "sub/c.log": "log\n", ".bangerignore": "*.log\n/tmp/\n", "tmp/x": "x"} {
		write(t, filepath.Join(dir, name), text, 0o644)
	}
	patch := filepath.Join(t.TempDir(), "p")
	out := banger(t, append(vmRun("--rm", dir, "--export", patch, "--"), "sh", "-c", "find . -type f | sort; echo more >>a; rm sub/b; mkdir n; echo n >n/n; echo l >n/l.log")...)
	if want := "./.bangerignore\n./a\n./sub/b\n"; out.Stdout != want || out.Exit != 0 {
		t.Errorf("exit %d, in the guest there are\n%s\n%s", out.Exit, out.Stdout, out.Stderr)
	}
	repository{t, dir}.git("apply", patch)
	wantFiles(t, dir, map[string]string{"a": "a\nmore\n", "n/n": "n\n", "sub/c.log": "log\n", ".bangerignore": "*.log\n/tmp/\n", "tmp/x": "x"})
}
