package client

import (
	"os"
	"path/filepath"
	"time"

	"banger/internal/problem"
)

const daemonName = "bangerd"

// Program gives the path of the daemon's program: beside this executable, or in
// ../libexec/banger from there.
func Program() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", problem.New(problem.Unavailable, "find out which program this is: %w", err)
	}
	dir := filepath.Dir(self)
	for _, path := range []string{
		filepath.Join(dir, daemonName),
		filepath.Join(dir, "..", "libexec", "banger", daemonName),
	} {
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path, nil
		}
	}
	return "", problem.New(problem.Unavailable, "the daemon's program %s is neither in %s nor in ../libexec/banger", daemonName, dir).
		WithRemedy("install banger anew, or run make build")
}

func (c *Client) program() (string, error) {
	if c.options.Program != "" {
		return c.options.Program, nil
	}
	return Program()
}

// outdated reports whether the daemon's program is older than the one that would be
// started. Where files have no time of their own (reproducible builds), another version counts.
func (c *Client) outdated() bool {
	path, err := c.program()
	if err != nil {
		return false // with nothing to start, what runs is the newest there is
	}
	built := modified(path)
	if built.IsZero() || c.status.Built.IsZero() {
		return false
	}
	return c.status.Built.Before(built) || c.status.Built.Equal(built) && c.status.Version != c.options.Version
}

func modified(path string) time.Time {
	info, err := os.Stat(path)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}
