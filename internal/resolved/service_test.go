package resolved

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"banger/internal/problem"
)

// systemctlIs has a script be the program.
func systemctlIs(t *testing.T, script string) {
	t.Helper()
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "systemctl"), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin)
}

func TestVersions(t *testing.T) {
	for said, want := range map[string]int{
		"systemd 252 (252.38-1~deb12u1)\n+PAM": 252, "systemd 256.4-1": 256, "systemd 257~rc1": 257, "systemd v9": 0, "systemd": 0, "": 0, "openrc 300": 0,
	} {
		if got := versionOf(said); got != want {
			t.Errorf("%q is version %d, want %d", said, got, want)
		}
	}
}

func TestOldSystemdIsRefused(t *testing.T) {
	systemctlIs(t, "echo 'systemd 246 (246)'")
	if err := Supported(t.Context()); err != nil {
		t.Error(err)
	}
	systemctlIs(t, "echo 'systemd 245 (245.4)'")
	if err := Supported(t.Context()); problem.CodeOf(err) != problem.Unavailable || !strings.Contains(err.Error(), "246 on, and this host's is 245") {
		t.Error(err)
	}
	t.Setenv("PATH", t.TempDir())
	if err := Supported(t.Context()); problem.CodeOf(err) != problem.Unavailable || !strings.Contains(err.Error(), "systemctl") {
		t.Error(err)
	}
}

func TestReload(t *testing.T) {
	systemctlIs(t, `test "$*" = "reload-or-restart systemd-resolved"`)
	if err := Reload(t.Context()); err != nil {
		t.Error(err)
	}
	systemctlIs(t, "echo 'Failed to connect to bus: Host is down' >&2; exit 1")
	if err := Reload(t.Context()); err == nil || !strings.Contains(err.Error(), "systemctl: Failed to connect to bus: Host is down") || problem.RemedyOf(err) == "" {
		t.Error(err)
	}
}
