package paths

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"banger/internal/problem"
)

// Resolve finds the folders of user uid. It makes none. getenv is os.Getenv or a
// table in its place.
func Resolve(getenv func(string) string, uid int) (Paths, error) {
	e := environment{getenv: getenv, uid: uid, sessions: "/run/user"}
	p, err := e.resolve()
	if err != nil {
		return Paths{}, fmt.Errorf("find banger's folders: %w", err)
	}
	return p, nil
}

type environment struct {
	getenv   func(string) string
	uid      int
	sessions string // where the login manager makes runtime folders
}

func (e environment) resolve() (p Paths, err error) {
	if p.State, err = e.folder("BANGER_STATE_DIR", "/var/lib/banger", "XDG_STATE_HOME", ".local/state"); err != nil {
		return p, err
	}
	if p.Cache, err = e.folder("BANGER_CACHE_DIR", "/var/cache/banger", "XDG_CACHE_HOME", ".cache"); err != nil {
		return p, err
	}
	if p.Runtime, err = e.runtime(p.State); err != nil {
		return p, err
	}
	p.Config, err = e.config()
	return p, err
}

// folder is what the override says, root's fixed place, or a folder below the user's.
func (e environment) folder(override, roots, xdg, inHome string) (string, error) {
	if dir := e.getenv(override); dir != "" {
		return filepath.Abs(dir)
	}
	if e.uid == 0 {
		return roots, nil
	}
	base := e.base(xdg, inHome)
	if base == "" {
		return "", problem.New(problem.Invalid, "HOME is not set to an absolute path").
			WithRemedy("set HOME, or %s to a folder of your own", override)
	}
	return filepath.Join(base, "banger"), nil
}

// base is an XDG folder, empty when there is no home. The specification wants
// relative values ignored.
func (e environment) base(xdg, inHome string) string {
	if dir := e.getenv(xdg); filepath.IsAbs(dir) {
		return dir
	}
	if home := e.home(); home != "" {
		return filepath.Join(home, inHome)
	}
	return ""
}

func (e environment) home() string { return Home(e.getenv, e.uid) }

// Home is the home folder of user uid, cleaned and absolute; empty when the environment names none.
func Home(getenv func(string) string, uid int) string {
	home := getenv("HOME")
	switch {
	case filepath.IsAbs(home):
		return filepath.Clean(home)
	case uid == 0: // services often have no HOME
		return "/root"
	}
	return ""
}

func (e environment) runtime(state string) (string, error) {
	if dir := e.getenv("BANGER_RUNTIME_DIR"); dir != "" {
		return filepath.Abs(dir)
	}
	if e.getenv("BANGER_STATE_DIR") != "" {
		return filepath.Join(state, "run"), nil
	}
	if e.uid == 0 {
		return "/run/banger", nil
	}
	// The variable can be another user's, kept by su, or missing, under cron; the
	// folder is looked for so that all of a user's programs find the same daemon.
	for _, dir := range []string{e.getenv("XDG_RUNTIME_DIR"), filepath.Join(e.sessions, strconv.Itoa(e.uid))} {
		if filepath.IsAbs(dir) && e.owns(dir) {
			return filepath.Join(dir, "banger"), nil
		}
	}
	return filepath.Join(state, "run"), nil
}

func (e environment) owns(dir string) bool {
	info, err := os.Stat(dir)
	return err == nil && info.IsDir() && int(info.Sys().(*syscall.Stat_t).Uid) == e.uid
}

func (e environment) config() (string, error) {
	if file := e.getenv("BANGER_CONFIG"); file != "" {
		return filepath.Abs(file)
	}
	base := e.base("XDG_CONFIG_HOME", ".config")
	if base == "" {
		return "", nil
	}
	return filepath.Join(base, "banger", "config.toml"), nil
}
