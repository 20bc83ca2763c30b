package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"banger/test/harness"
)

// configure writes a host's configuration, which counts from the daemon's next start on.
func configure(t *testing.T, h *harness.Host, text string) {
	t.Helper()
	write(t, h.Config, text, 0o600)
	must(t, h, "daemon", "stop")
}

// TestFileSync: files of the home are in each VM, however it is started, and renewed at each start.
func TestFileSync(t *testing.T) {
	h := warmHost(t)
	write(t, filepath.Join(h.Home, ".npmrc"), "old", 0o644)
	write(t, filepath.Join(h.Home, "dots/tool/run"), "run", 0o755)
	if err := os.Symlink(filepath.Join(h.Home, ".npmrc"), filepath.Join(h.Home, "dots/link")); err != nil {
		t.Fatal(err)
	}
	configure(t, h, `
[env]
FROM_CONFIG = "config"
FROM_FILE = "config"
[[file_sync]]
host = "~/.npmrc"
mode = "0600"
[[file_sync]]
host = "dots"
guest = "/root/.config/dots"
[[file_sync]]
host = "~/dots/link"
guest = "~/followed"
[[file_sync]]
host = "~/none"
`)
	envFile := filepath.Join(h.Dir, "env")
	write(t, envFile, "FROM_FILE=file\n", 0o600)
	look := `cd /root; cat .npmrc .config/dots/tool/run followed; readlink .config/dots/link; stat -c %a,%U:%G .npmrc .config/dots/tool/run; echo $FROM_CONFIG $FROM_FILE`
	want := func(text string) string {
		return text + "run" + text + filepath.Join(h.Home, ".npmrc") + "\n600,root:root\n755,root:root\nconfig file\n"
	}
	const notice = `file_sync entry 4: there is no "~/none" in the home folder`
	for name, flags := range map[string][]string{"forked": nil, "booted": {"--no-fork"}} {
		r := run(t, h.Banger(vmRun(append(flags, "--name", name, "--env-file", envFile, "--", "sh", "-c", look)...)...))
		if r.Exit != 0 || r.Stdout != want("old") || strings.Count(r.Stderr, notice) != 1 {
			t.Errorf("%s: exit %d, %q, want %q\n%s", name, r.Exit, r.Stdout, want("old"), r.Stderr)
		}
		if start := mustJSON[struct{ Start string }](t, h, "vm", "show", name).Start; !strings.HasPrefix(start, name) {
			t.Errorf("it was started so: %s", start)
		}
	}
	must(t, h, "vm", "exec", "forked", "--", "sh", "-c", "echo mine >/root/.npmrc; echo mine >/root/.config/dots/own; chmod 644 /root/.npmrc")
	write(t, filepath.Join(h.Home, ".npmrc"), "new", 0o644)
	for _, verbs := range [][]string{{"restart"}, {"stop", "start"}} {
		said := ""
		for _, verb := range verbs {
			r := run(t, h.Banger("vm", verb, "forked"))
			if said += r.Stderr; r.Exit != 0 {
				t.Fatalf("%s: exit %d\n%s", verb, r.Exit, r.Stderr)
			}
		}
		if strings.Count(said, notice) != 1 {
			t.Errorf("%v said %q", verbs, said)
		}
		if got := must(t, h, "vm", "exec", "forked", "--", "sh", "-c", look+"; cat .config/dots/own"); got != want("new")+"mine\n" {
			t.Errorf("after %v: %q, want %q", verbs, got, want("new"))
		}
	}
	must(t, h, "vm", "exec", "forked", "--", "sh", "-c", "echo kept >/root/.npmrc")
	must(t, h, "vm", "pause", "forked")
	must(t, h, "vm", "resume", "forked")
	fork := strings.TrimSpace(must(t, h, "vm", "fork", "forked"))
	for _, name := range []string{"forked", fork} {
		if got := must(t, h, "vm", "exec", name, "--", "cat", "/root/.npmrc"); got != "kept\n" {
			t.Errorf("%s was not started, and has %q", name, got)
		}
	}
}

// TestFileSyncRefusals: nothing from outside the home goes into a VM, and what is in the way there is said.
func TestFileSyncRefusals(t *testing.T) {
	h := ownHost(t, true)
	write(t, h.Config, "[[file_sync]]\nhost = \"ok\"\n[[file_sync]]\nhost = \"../secret\"\n", 0o600)
	for _, args := range [][]string{{"vm", "create"}, {"daemon", "start"}} {
		refused(t, h, 1, []string{"line 4: file_sync entry 2: host: \"../secret\" does not name something inside " + h.Home}, args...)
	}
	secret := filepath.Join(h.Dir, "secret")
	write(t, secret, "secret", 0o600)
	if err := os.Symlink(secret, filepath.Join(h.Home, "link")); err != nil {
		t.Fatal(err)
	}
	write(t, h.Config, "[[file_sync]]\nhost = \"link\"\n", 0o600)
	refused(t, h, 1, []string{`file_sync entry 1: "~/link" leads out of the home folder, to "` + secret}, append([]string{"vm", "create"}, small...)...)
	if got := must(t, h, "vm", "list", "-q"); got != "" {
		t.Errorf("there is %q", got)
	}
	configure(t, h, "")
	must(t, h, append([]string{"vm", "create", "--name", "web"}, small...)...)
	must(t, h, "vm", "exec", "web", "--", "mkdir", "/root/link")
	if err := os.Rename(secret, filepath.Join(h.Home, "secret")); err != nil {
		t.Fatal(err)
	}
	configure(t, h, "[[file_sync]]\nhost = \"secret\"\nguest = \"link\"\n")
	r := run(t, h.Banger("vm", "restart", "web"))
	wantRefusal(t, r, 1, []string{"copy file_sync into its guest: in the guest: write \"link\": there is a folder of that name", "take it out of file_sync"}, []string{"vm", "restart", "web"})
	configure(t, h, "")
	must(t, h, "vm", "start", "web")
}

// TestGuestsCommitAsTheHostsUser: and as somebody else as soon as anything in the guest says so.
func TestGuestsCommitAsTheHostsUser(t *testing.T) {
	h := warmHost(t)
	const commit = `cd; rm -rf r; git init -q r && cd r && git commit -q --allow-empty -m x && git log --format='%an <%ae>, %cn <%ce>'`
	if r := run(t, h.Banger(vmRun("--rm", "--", "sh", "-c", commit)...)); r.Exit == 0 || !strings.Contains(r.Stderr, "tell me who you are") {
		t.Errorf("of a host without an identity: exit %d, %q\n%s", r.Exit, r.Stdout, r.Stderr)
	}
	write(t, filepath.Join(h.Home, ".gitconfig"), "[include]\npath = ~/me\n", 0o644)
	write(t, filepath.Join(h.Home, "me"), "[user]\nname = Ada \"\\\"L\\\"\" King\nemail = ada@example.org\n", 0o644)
	const ada = "Ada \"L\" King <ada@example.org>, Ada \"L\" King <ada@example.org>\n"
	for name, flags := range map[string][]string{"forked": nil, "booted": {"--no-fork"}} {
		if got := must(t, h, vmRun(append(flags, "-q", "--name", name, "--", "sh", "-c", commit)...)...); got != ada {
			t.Errorf("%s: %q", name, got)
		}
	}
	in := func(script string) string {
		t.Helper()
		return must(t, h, "vm", "exec", "forked", "--", "sh", "-c", script)
	}
	in("git config --system core.editor vi; git config --global user.name Own")
	if got := in(commit + "; git config core.editor"); got != strings.ReplaceAll(ada, `Ada "L" King`, "Own")+"vi\n" {
		t.Errorf("with a configuration of its own: %q", got)
	}
	write(t, filepath.Join(h.Home, "me"), "[user]\nname = Eve\nemail = eve@example.org\n", 0o644)
	must(t, h, "vm", "restart", "forked")
	if got := in(commit + "; git config core.editor"); got != "Own <eve@example.org>, Own <eve@example.org>\nvi\n" {
		t.Errorf("after a restart, and another address on the host: %q", got)
	}
	if got := in("git config --system user.name Image; git config --global --unset user.name;" + commit); got != "Image <eve@example.org>, Image <eve@example.org>\n" {
		t.Errorf("the guest's system configuration counts: %q", got)
	}
}
