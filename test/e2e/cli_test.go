package e2e

import (
	"path/filepath"
	"strings"
	"testing"

	"banger/api"
)

func TestVersion(t *testing.T) {
	h := ownHost(t, false)
	out := must(t, h, "version")
	v := mustJSON[api.Version](t, h, "version")
	if v.Version == "" || v.API != "v1" || !strings.Contains(out, v.Version) {
		t.Errorf("version prints %q, and as JSON %+v", out, v)
	}
	if r := run(t, h.Banger("daemon", "status")); r.Exit != 1 {
		t.Error("version started a daemon")
	}
}

func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if out := must(t, world.host, "completion", shell); len(out) < 100 {
			t.Errorf("completion %s prints %q", shell, out)
		}
	}
	name := guest(t)
	if out := must(t, world.host, "__complete", "vm", "stop", "shared"); !strings.Contains(out, name) {
		t.Errorf("vm stop completes to %q, want %s in it", out, name)
	}
	h := ownHost(t, false)
	if out := must(t, h, "__complete", "vm", "stop", ""); strings.Contains(strings.ToLower(out), "error") {
		t.Errorf("without a daemon: %q", out)
	}
	if r := run(t, h.Banger("daemon", "status")); r.Exit != 1 {
		t.Error("completion started a daemon")
	}
}

func TestSlipsGetAHint(t *testing.T) {
	refused(t, world.host, 125, []string{"--image alpine:3.20"}, "run", "alpine:3.20", "ls")
	refused(t, world.host, 125, []string{"--"}, "run", "ls")
}

func TestHelpGoesToStandardOutput(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"vm", "run", "--help"}, {"image", "--help"}, {"help", "vm", "exec"}} {
		if out := must(t, world.host, args...); !strings.Contains(out, "Usage:") {
			t.Errorf("%v prints %q", args, out)
		}
	}
}

// TestLongPaths: folders whose paths are longer than a Unix socket's address may be.
func TestLongPaths(t *testing.T) {
	h := ownHost(t, true)
	long := filepath.Join(h.Dir, strings.Repeat("a-long-name/", 20))
	env := []string{"BANGER_RUNTIME_DIR=" + filepath.Join(long, "run"), "BANGER_CACHE_DIR=" + filepath.Join(long, "cache")}
	r := run(t, h.Banger(vmRun("--rm", "--", "echo", "deep down")...).With(env...))
	if r.Exit != 0 || r.Stdout != "deep down\n" {
		t.Errorf("exit %d, stdout %q, stderr %q", r.Exit, r.Stdout, r.Stderr)
	}
	if r := run(t, h.Banger("daemon", "stop").With(env...)); r.Exit != 0 {
		t.Errorf("daemon stop: %s", r.Stderr)
	}
}
