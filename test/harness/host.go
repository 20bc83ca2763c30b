package harness

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Host is a set of folders in which banger runs apart from any other.
type Host struct {
	Programs string // folder of the three programs
	Dir      string // parent of the folders below
	State    string
	Cache    string
	Runtime  string
	Home     string
	Tmp      string   // TMPDIR of every program
	Config   string   // path of the configuration file, which does not exist at first
	Extra    []string // variables of every program, as NAME=value
	Inside   []string // what starts every program in its place, with the program and its arguments behind; see Internet
}

// NewHost makes the folders under dir, which must not exist.
func NewHost(programs, dir string) (*Host, error) {
	h := &Host{
		Programs: programs, Dir: dir,
		State: filepath.Join(dir, "state"), Cache: filepath.Join(dir, "cache"), Runtime: filepath.Join(dir, "run"),
		Home: filepath.Join(dir, "home"), Tmp: filepath.Join(dir, "tmp"), Config: filepath.Join(dir, "config.toml"),
	}
	// State, Cache and Runtime are left for banger to make.
	for _, folder := range []string{dir, h.Home, h.Tmp} {
		if err := os.Mkdir(folder, 0o700); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// Env is the environment of the host's programs: this process's own, without
// what would lead out of the host's folders.
func (h *Host) Env(extra ...string) []string {
	var env []string
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, "BANGER_") && !strings.HasPrefix(name, "XDG_") && name != "NO_COLOR" {
			env = append(env, pair)
		}
	}
	env = append(env,
		"HOME="+h.Home, "TMPDIR="+h.Tmp, "BANGER_CONFIG="+h.Config,
		"BANGER_STATE_DIR="+h.State, "BANGER_CACHE_DIR="+h.Cache, "BANGER_RUNTIME_DIR="+h.Runtime,
		"BANGER_PROXY_LISTEN=off", "BANGER_DNS_LISTEN=off") // a port is the whole machine's
	return append(append(env, h.Extra...), extra...)
}

// Banger is a call of the command line, not started yet.
func (h *Host) Banger(args ...string) *Call {
	return h.Program("banger", args...)
}

// Program is a call of one of the three programs.
func (h *Host) Program(name string, args ...string) *Call {
	line := append(slices.Clone(h.Inside), filepath.Join(h.Programs, name))
	line = append(line, args...)
	return &Call{Path: line[0], Args: line[1:], Env: h.Env(), Dir: h.Home}
}

// Close deletes every VM and stops the daemon. The folders stay, for a look at what is left in them.
func (h *Host) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if _, err := os.Stat(h.State); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	var errs []error
	for _, args := range [][]string{{"vm", "delete", "-f", "--all"}, {"daemon", "stop"}} {
		if r := h.Banger(args...).Run(ctx); r.Exit != 0 {
			errs = append(errs, fmt.Errorf("banger %s: exit %d: %s", strings.Join(args, " "), r.Exit, r.Stderr))
		}
	}
	return errors.Join(errs...)
}
