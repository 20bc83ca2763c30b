package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"banger/internal/config"
)

// configured is a world without a daemon whose configuration file says text.
func configured(t *testing.T, text string) *world {
	w := emptyWorld(t)
	if err := os.WriteFile(w.env["BANGER_CONFIG"], []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return w
}

func TestConfigShow(t *testing.T) {
	w := configured(t, "spares = 4\n[vm_defaults]\nmemory = \"1G\"\n")
	w.env["BANGER_ENGINE"], w.env["BANGER_VM_DEFAULTS_VCPU"] = "emulated", "2"
	r := w.run("config", "show")
	r.want(t, 0, r.stdout)
	golden(t, "config.txt", strings.ReplaceAll(r.stdout, w.dir, "/home/me"))

	var shown struct {
		File     string
		Settings []config.Setting
	}
	r = w.run("config", "show", "--json")
	if err := json.Unmarshal([]byte(r.stdout), &shown); err != nil || r.status != 0 || shown.File != w.dir+"/config.toml" {
		t.Fatalf("status %d, %v, file %s", r.status, err, shown.File)
	}
	for _, want := range []config.Setting{
		{Key: "engine", Value: "emulated", Source: config.Source{Kind: "environment", Variable: "BANGER_ENGINE"}},
		{Key: "spares", Value: "4", Source: config.Source{Kind: "file", File: shown.File, Line: 1}},
		{Key: "vm_defaults.memory", Value: "1G", Source: config.Source{Kind: "file", File: shown.File, Line: 3}},
		{Key: "log_level", Value: "info", Source: config.Source{Kind: "built-in"}},
	} {
		found := false
		for _, s := range shown.Settings {
			found = found || s == want
		}
		if !found {
			t.Errorf("%+v is not in %s", want, r.stdout)
		}
	}
	if entries, _ := os.ReadDir(w.dir); len(entries) != 1 {
		t.Errorf("it made %v", entries)
	}
}

func TestConfigShowRefusesMistakes(t *testing.T) {
	configured(t, "a = 1\nb = 2").run("config", "show").want(t, 1, "", "line 1: there is no setting called a", "config check lists all 2")
}

func TestConfigPath(t *testing.T) {
	w := emptyWorld(t)
	path := w.env["BANGER_CONFIG"]
	w.run("config", "path").want(t, 0, path+"\n", "BANGER_CONFIG says so", "no such file")
	w.env["BANGER_CONFIG"], w.env["XDG_CONFIG_HOME"] = "", w.dir
	r := w.run("config", "path")
	r.want(t, 0, filepath.Join(w.dir, "banger", "config.toml")+"\n")
	if strings.Contains(r.stderr, "BANGER_CONFIG") {
		t.Errorf("says %q", r.stderr)
	}
}

func TestConfigCheck(t *testing.T) {
	w := configured(t, "engin = \"qemu\"\n[vm_defaults]\nvcpu = \"two\x1b[31m\"\nmemory = 1\n")
	path := w.env["BANGER_CONFIG"]
	w.env["BANGER_SPARES"] = "many"
	file := path + ", line 1: there is no setting called engin; did you mean engine?\n" +
		path + ", line 3: "
	r := w.run("config", "check")
	if r.status != 1 || !strings.HasPrefix(r.stdout, file) || strings.Count(r.stdout, "\n") != 3 || strings.ContainsRune(r.stdout, '\x1b') ||
		!strings.Contains(r.stdout, "the environment's BANGER_SPARES: spares: \"many\" is not a number from 0 to 16\n") {
		t.Errorf("status %d\n%s", r.status, r.stdout)
	}
	good := filepath.Join(w.dir, "good.toml")
	if err := os.WriteFile(good, []byte("spares = 0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.run("config", "check", good).want(t, 0, "", good+": no mistakes") // the environment does not count
	w.env["HOME"] = "/home/me"                                          // paths can begin there
	if err := os.WriteFile(good, []byte("[[file_sync]]\nhost = \"/home/me/x\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.run("config", "check", good).want(t, 0, "", good+": no mistakes")
	w.run("config", "check", filepath.Join(w.dir, "none.toml")).want(t, 1, "", "no such file")
	w.run("config", "check", w.dir).want(t, 1, "", "is a directory")
	w.run("config", "check", "a", "b").want(t, 2, "", "at most one file")
	emptyWorld(t).run("config", "check").want(t, 0, "", "no mistakes", "no such file")
}
