package workspace

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"banger/internal/agent/agenttest"
	"banger/internal/guestlink"
)

// TestMain lets nothing of the one who runs the tests have a say in what git does in them.
func TestMain(m *testing.M) {
	for _, pair := range os.Environ() {
		if name, _, _ := strings.Cut(pair, "="); strings.HasPrefix(name, "GIT_") {
			os.Unsetenv(name)
		}
	}
	agenttest.Main(m)
}

// repo is a repository that a test makes with the real git.
type repo struct {
	*testing.T
	dir string
	env []string
}

// home gives the test a home of its own, which the code under test takes for the user's.
func home(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("HOME", dir)
	t.Setenv("XDG_CONFIG_HOME", "")
	config := "[user]\n\tname = Global Name\n\temail = global@example.com\n[init]\n\tdefaultBranch = main\n"
	if err := os.WriteFile(filepath.Join(dir, ".gitconfig"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// newRepo makes an empty repository called "project".
func newRepo(t *testing.T, init ...string) repo {
	t.Helper()
	home := home(t)
	r := repo{T: t, dir: filepath.Join(t.TempDir(), "project"), env: []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "LC_ALL=C", "GIT_CONFIG_NOSYSTEM=1", "GIT_ALLOW_PROTOCOL=file",
		"GIT_AUTHOR_DATE=2026-01-02T03:04:05Z", "GIT_COMMITTER_DATE=2026-01-02T03:04:05Z",
	}}
	if err := os.Mkdir(r.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	r.git(append([]string{"init", "-q"}, init...)...)
	return r
}

// at is the same for another folder.
func (r repo) at(dir string) repo {
	r.dir = dir
	return r
}

func (r repo) try(args ...string) (string, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env = r.dir, r.env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (r repo) git(args ...string) string {
	r.Helper()
	out, err := r.try(args...)
	if err != nil {
		r.Fatalf("git %q in %s: %v\n%s", args, r.dir, err, out)
	}
	return out
}

func (r repo) path(name string) string { return filepath.Join(r.dir, name) }

func (r repo) write(name, content string) {
	r.Helper()
	if err := os.MkdirAll(filepath.Dir(r.path(name)), 0o755); err != nil {
		r.Fatal(err)
	}
	if err := os.WriteFile(r.path(name), []byte(content), 0o644); err != nil {
		r.Fatal(err)
	}
}

func (r repo) commit(message string) {
	r.Helper()
	r.git("add", "-A")
	r.git("commit", "-q", "--allow-empty", "-m", message)
}

// guest is a real agent and the folder that it takes for the workspace.
type guest struct {
	*agenttest.Guest
	path string
}

// newGuest gives the code under test a place for the agent's record that is not this machine's.
func newGuest(t *testing.T) guest {
	t.Helper()
	dir, was := t.TempDir(), record
	record = filepath.Join(dir, "record")
	t.Cleanup(func() { record = was })
	return guest{agentAt(t, dir), filepath.Join(dir, "root", "project")}
}

// agentAt is an agent whose commands use dir for temporary files and have no configuration of git's but a repository's.
func agentAt(t *testing.T, dir string) *agenttest.Guest {
	t.Helper()
	agent := agenttest.Start(t)
	env := map[string]string{"GIT_CONFIG_GLOBAL": os.DevNull, "GIT_CONFIG_NOSYSTEM": "1", "TMPDIR": dir}
	if _, err := agent.Call(t.Context(), guestlink.Request{Op: guestlink.OpConfigure, Configure: &guestlink.Configure{Env: env}}); err != nil {
		t.Fatal(err)
	}
	return agent
}

func newDir(t *testing.T) Dir { return Dir(filepath.Join(t.TempDir(), "bases", "vm")) }

// prepare brings what source says into a new guest.
func prepare(t *testing.T, d Dir, s Source) (*Plan, guest, Sent) {
	t.Helper()
	g := newGuest(t)
	s.GuestPath = g.path
	p, err := Inspect(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Stage(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	sent, err := d.Send(t.Context(), g, p, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p, g, sent
}

// files tells all that lies below dir but .git: kind, permission to execute, and content.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(path, dir+"/")
		switch {
		case e.Name() == ".git":
			if e.IsDir() {
				return filepath.SkipDir
			}
		case e.Type()&os.ModeSymlink != 0:
			target, err := os.Readlink(path)
			all[name] = "-> " + target
			return err
		case !e.IsDir():
			content, err := os.ReadFile(path)
			info, err2 := e.Info()
			if err == nil && err2 == nil && info.Mode()&0o100 != 0 {
				name += "*"
			}
			all[name] = string(content)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// sameFiles compares folders.
func sameFiles(t *testing.T, got, want map[string]string) {
	t.Helper()
	for name, content := range want {
		if have, ok := got[name]; !ok {
			t.Errorf("%q did not arrive", name)
		} else if have != content {
			t.Errorf("%q arrived as %.60q, want %.60q", name, have, content)
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%q must not have arrived", name)
		}
	}
}

// sameGit has real git compare what is in the guest with the user's repository.
func sameGit(r repo, g guest) {
	r.Helper()
	in := r.at(g.path)
	if got, want := in.git("status", "--porcelain", "-uno"), r.git("status", "--porcelain", "-uno"); got != want {
		r.Errorf("git status in the guest:\n%swant:\n%s", got, want)
	}
	if out, err := in.try("fsck", "--full", "--strict"); err != nil || strings.Contains(out, "missing") {
		r.Errorf("git fsck in the guest: %v\n%s", err, out)
	}
}
