package pid1

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"banger/internal/guestlink"
)

// ask gives what git takes from a system-wide configuration for a setting.
func ask(t *testing.T, config, key string) string {
	t.Helper()
	cmd := exec.Command("git", "config", "--includes", "--get", key)
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "GIT_CONFIG_SYSTEM=" + config, "GIT_CONFIG_GLOBAL=/dev/null", "GIT_DIR=/dev/null"}
	out, err := cmd.Output()
	if err != nil {
		return "none"
	}
	return strings.TrimSuffix(string(out), "\n")
}

func TestIdentityForGit(t *testing.T) {
	for name, c := range map[string]struct {
		own  string // of the image
		want string
	}{
		"no file":            {"", `Ada "the\q" L.,ada@example.org,none`},
		"without a user":     {"[core]\n\teditor = vi\n", `Ada "the\q" L.,ada@example.org,vi`},
		"with one":           {"[user]\n\tname = Image\n", "Image,ada@example.org,none"},
		"no newline at all":  {"[core]editor=vi", `Ada "the\q" L.,ada@example.org,vi`},
		"an include of ours": {"[include]\n\tpath = PART\n[user]\n\temail = own@er\n", `Ada "the\q" L.,own@er,none`},
	} {
		dir := t.TempDir()
		config, part := filepath.Join(dir, "gitconfig"), filepath.Join(dir, "part")
		own := strings.ReplaceAll(c.own, "PART", part)
		if own != "" {
			if err := os.WriteFile(config, []byte(own), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 { // each boot does it
			if err := includeIdentity(config, part); err != nil {
				t.Fatal(err)
			}
		}
		if got := ask(t, config, "user.name"); got != "none" && own == "" {
			t.Errorf("%s: before the host has said anything: %q", name, got)
		}
		for _, who := range []guestlink.Identity{{Name: "before", Email: "be@fore"}, {Name: `Ada "the\q" L.`, Email: "ada@example.org"}} {
			if err := writeIdentity(part, who); err != nil {
				t.Fatal(err)
			}
		}
		if got := ask(t, config, "user.name") + "," + ask(t, config, "user.email") + "," + ask(t, config, "core.editor"); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		text, err := os.ReadFile(config)
		if err != nil || strings.Count(string(text), "include") != 1 || !strings.HasSuffix(string(text), own) {
			t.Errorf("%s: the file is %q, %v", name, text, err)
		}
		if err := writeIdentity(part, guestlink.Identity{}); err != nil {
			t.Fatal(err)
		}
		if got := ask(t, config, "user.email"); got == "ada@example.org" {
			t.Errorf("%s: nobody is still %q", name, got)
		}
		if left, _ := filepath.Glob(config + "*"); len(left) != 1 {
			t.Errorf("%s: left %q", name, left)
		}
	}
}
