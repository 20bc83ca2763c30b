package workspace

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// writeConfig makes a file, with the folders above it.
func writeConfig(t *testing.T, text string, path ...string) {
	t.Helper()
	file := filepath.Join(path...)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestIdentity(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"nothing":         {nil, "<>"},
		"plain":           {map[string]string{".gitconfig": "[user]\nname = Ada \"L.\"\nemail = ada@example.org\n"}, "Ada L.<ada@example.org>"},
		"the other file":  {map[string]string{".config/git/config": "[user]\nname = Ada\n"}, "Ada<>"},
		"both":            {map[string]string{".config/git/config": "[user]\nname = Ada\nemail = a@b", ".gitconfig": "[user]\nname = Eve"}, "Eve<a@b>"},
		"included":        {map[string]string{".gitconfig": "[include]\npath = ~/own/id\n", "own/id": "[user]\nemail = in@cluded"}, "<in@cluded>"},
		"the last":        {map[string]string{".gitconfig": "[user]\nname = A\nname = B\n"}, "B<>"},
		"two lines":       {map[string]string{".gitconfig": "[user]\nname = \"A\\nB\"\nemail = a@b"}, "<a@b>"},
		"control":         {map[string]string{".gitconfig": "[user]\nname = A\x1b[31m\nemail = a@b"}, "<a@b>"},
		"not UTF-8":       {map[string]string{".gitconfig": "[user]\nname = Andr\xe9\nemail = a@b"}, "<a@b>"},
		"long":            {map[string]string{".gitconfig": "[user]\nname = " + strings.Repeat("x", maxIdentity+1)}, "<>"},
		"no value":        {map[string]string{".gitconfig": "[user]\nname\nemail = a@b"}, "<a@b>"},
		"broken":          {map[string]string{".gitconfig": "[user\nname = A"}, "<>"},
		"of a repository": {map[string]string{".gitconfig": "[includeIf \"gitdir:/\"]\npath = id", "id": "[user]\nname = A"}, "<>"},
	} {
		home := t.TempDir()
		for file, text := range c.files {
			writeConfig(t, text, home, file)
		}
		who, email := new(identity).get(t.Context(), home, "")
		if got := who + "<" + email + ">"; got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// The files are looked at each time, and read when they have changed.
func TestIdentityFollowsItsFiles(t *testing.T) {
	home, xdg, u := t.TempDir(), t.TempDir(), new(identity)
	name := func() string {
		t.Helper()
		name, _ := u.get(t.Context(), home, xdg)
		return name
	}
	if got := name(); got != "" {
		t.Errorf("of nothing: %q", got)
	}
	writeConfig(t, "[user]\nname = first", xdg, "git/config")
	if got := name(); got != "first" {
		t.Errorf("a new file: %q", got)
	}
	writeConfig(t, "[include]\npath = own", home, ".gitconfig")
	writeConfig(t, "[user]\nname = own", home, "own")
	if got := name(); got != "own" {
		t.Errorf("another new file: %q", got)
	}
	writeConfig(t, "[user]\nname = changed", home, "own")
	if got := name(); got != "changed" {
		t.Errorf("an included file that has changed: %q", got)
	}
	t.Setenv("PATH", t.TempDir()) // from here on there is no git
	if got := name(); got != "changed" {
		t.Errorf("nothing has changed, and git was asked: %q", got)
	}
	writeConfig(t, "[user]\nname = later still", home, "own")
	if got := name(); got != "" {
		t.Errorf("without git: %q", got)
	}
}

func TestIdentityThatWasBrokenOffIsReadAgain(t *testing.T) {
	home, u := t.TempDir(), new(identity)
	writeConfig(t, "[user]\nname = Ada", home, ".gitconfig")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if name, _ := u.get(ctx, home, ""); name != "" {
		t.Errorf("got %q from a git that did not run", name)
	}
	if name, _ := u.get(t.Context(), home, ""); name != "Ada" {
		t.Errorf("the next time: %q", name)
	}
}
