package paths

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"banger/internal/problem"
)

// env is a table in place of the environment.
type env map[string]string

func (e env) get(key string) string { return e[key] }

func TestResolve(t *testing.T) {
	uid := os.Geteuid()
	if uid == 0 {
		uid = 1000
	}
	wd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	home := Paths{
		State: "/home/u/.local/state/banger", Cache: "/home/u/.cache/banger",
		Runtime: "/home/u/.local/state/banger/run", Config: "/home/u/.config/banger/config.toml",
	}
	with := func(change func(*Paths)) Paths { p := home; change(&p); return p }
	root := Paths{"/var/lib/banger", "/var/cache/banger", "/run/banger", "/root/.config/banger/config.toml"}
	for _, c := range []struct {
		name string
		uid  int
		env  env
		want Paths
	}{
		{"home alone", uid, env{"HOME": "/home/u"}, home},
		{"XDG", uid, env{"XDG_STATE_HOME": "/s", "XDG_CACHE_HOME": "/c", "XDG_CONFIG_HOME": "/f"},
			Paths{"/s/banger", "/c/banger", "/s/banger/run", "/f/banger/config.toml"}},
		{"XDG relative", uid, env{"HOME": "/home/u", "XDG_STATE_HOME": "s", "XDG_CACHE_HOME": "./c", "XDG_CONFIG_HOME": "f", "XDG_RUNTIME_DIR": "r"}, home},
		{"another user's session", uid, env{"HOME": "/home/u", "XDG_RUNTIME_DIR": "/proc/1"}, home},
		{"overrides", uid, env{"HOME": "/home/u", "BANGER_STATE_DIR": "/s", "BANGER_CACHE_DIR": "/c", "BANGER_RUNTIME_DIR": "/r", "BANGER_CONFIG": "/f"},
			Paths{"/s", "/c", "/r", "/f"}},
		{"relative overrides", uid, env{"HOME": "/home/u", "BANGER_STATE_DIR": "s", "BANGER_CACHE_DIR": "./c/", "BANGER_RUNTIME_DIR": "r/../r", "BANGER_CONFIG": "f"},
			Paths{wd + "/s", wd + "/c", wd + "/r", wd + "/f"}},
		{"no home, all set", uid, env{"BANGER_STATE_DIR": "/s", "BANGER_CACHE_DIR": "/c"}, Paths{"/s", "/c", "/s/run", ""}},
		{"state alone", uid, env{"HOME": "/home/u", "BANGER_STATE_DIR": "/s"}, with(func(p *Paths) { p.State, p.Runtime = "/s", "/s/run" })},
		{"root", 0, env{"HOME": "/root", "XDG_STATE_HOME": "/s", "XDG_CACHE_HOME": "/c", "XDG_RUNTIME_DIR": "/r"}, root},
		{"root without home", 0, env{}, root},
		{"root with a state folder", 0, env{"BANGER_STATE_DIR": "/s"}, Paths{"/s", "/var/cache/banger", "/s/run", "/root/.config/banger/config.toml"}},
	} {
		e := environment{c.env.get, c.uid, "/proc/self/no-sessions"}
		if got, err := e.resolve(); err != nil || got != c.want {
			t.Errorf("%s: %+v, %v\nwant %+v", c.name, got, err, c.want)
		}
	}
}

func TestSessionIsFoundWithAndWithoutItsVariable(t *testing.T) {
	// Root's runtime folder is fixed, so root tries it as another user.
	uid, sessions := 12345, t.TempDir()
	if os.Geteuid() != 0 {
		uid = os.Geteuid()
	}
	own := filepath.Join(sessions, strconv.Itoa(uid))
	if err := os.Mkdir(own, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(own, uid, -1); err != nil {
		t.Fatal(err)
	}
	for _, runtime := range []string{own, "", "/proc/1", "relative"} {
		e := environment{env{"HOME": "/home/u", "XDG_RUNTIME_DIR": runtime}.get, uid, sessions}
		if got, err := e.resolve(); err != nil || got.Runtime != own+"/banger" {
			t.Errorf("XDG_RUNTIME_DIR=%q: %q, %v, want %q", runtime, got.Runtime, err, own+"/banger")
		}
	}
	e := environment{env{"HOME": "/home/u"}.get, uid + 1, sessions}
	if got, err := e.resolve(); err != nil || got.Runtime != got.State+"/run" {
		t.Errorf("without a session: %q, %v", got.Runtime, err)
	}
}

func TestNoHomeIsAClearError(t *testing.T) {
	for _, e := range []env{{}, {"HOME": "relative"}, {"BANGER_STATE_DIR": "/s"}} {
		_, err := Resolve(e.get, 1000)
		if problem.CodeOf(err) != problem.Invalid || !strings.Contains(problem.RemedyOf(err), "BANGER_") {
			t.Errorf("with %v: %v, remedy %q", e, err, problem.RemedyOf(err))
		}
	}
}

func TestEveryPlaceIsInItsFolderAndNobodyElses(t *testing.T) {
	p := Paths{State: "/s", Cache: "/c", Runtime: "/r", Config: "/f"}
	seen := map[string]bool{}
	for place, folder := range map[string]string{
		p.Database(): "/s/", p.Lock(): "/s/", p.DaemonLog(): "/s/", p.Images(): "/s/", p.Kernels(): "/s/",
		p.VMs(): "/s/", p.Machine("x"): p.VMs() + "/", p.KernelCache(): "/c/", p.InitramfsCache(): "/c/",
		p.Socket(): "/r/", p.MachineRun("x"): "/r/",
	} {
		if !strings.HasPrefix(place, folder) || seen[place] {
			t.Errorf("%s is not a place of its own in %s", place, folder)
		}
		seen[place] = true
	}
	if len(seen) != 11 {
		t.Errorf("%d places, want 11 different ones", len(seen))
	}
}
