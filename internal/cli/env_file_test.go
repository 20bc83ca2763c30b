package cli

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEnvFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "env")
	text := "# a comment\n\nA=1 2\r\n  # another\nQUOTED=\"x\"\nFROM_HERE\nNOT_HERE\nTYPED=file\nEMPTY=\nEQUALS=a=b"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	w.env["FROM_HERE"] = "taken along"
	w.env["BANGER_CONFIG"] = filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(w.env["BANGER_CONFIG"], []byte("[env]\nA = \"configured\"\nALWAYS = 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	asked, _ := w.offer(t, exits(t, `{"code":0}`))
	if r := w.run("run", "--rm", "--env-file", file, "-e", "TYPED=typed", "--", "true"); r.status != 0 {
		t.Fatal(r.stderr)
	}
	want := map[string]string{"A": "1 2", "QUOTED": `"x"`, "FROM_HERE": "taken along", "TYPED": "typed", "EMPTY": "", "EQUALS": "a=b", "ALWAYS": "1"}
	if !maps.Equal(asked.Env, want) {
		t.Errorf("asked for %q, want %q", asked.Env, want)
	}
	for content, words := range map[string]string{
		"A=1\n=2\n":                            "line 2",
		"A=\x00\n":                             "line 1",
		"A=" + strings.Repeat("a", maxEnvFile): "bytes",
	} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		w.run("run", "--rm", "--env-file", file, "--", "true").want(t, 125, "", words)
	}
	w.run("run", "--rm", "--env-file", file+".none", "--", "true").want(t, 125, "", "no such file")
}
