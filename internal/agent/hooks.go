package agent

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"banger/internal/guestlink"
)

// hookLimit bounds each hook, and hooksLimit all of them: whoever waits for the VM waits for them. The host waits longer.
const (
	hookLimit  = 5 * time.Second
	hooksLimit = 10 * time.Second
)

// runHooks runs the guest's own executables that want to know of a fork, one after the other. What they print is on
// the console. The first that fails is the last that is run.
func (a *Agent) runHooks() guestlink.Check {
	return check("hooks", a.runEach(guestlink.HooksDir))
}

func check(name string, err error) guestlink.Check {
	c := guestlink.Check{Name: name}
	if err != nil {
		c.Failure = err.Error()
	}
	return c
}

func (a *Agent) runEach(dir string) error {
	entries, err := os.ReadDir(dir) // sorted by name
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	deadline := time.Now().Add(hooksLimit)
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() || info.Mode().Perm()&0o111 == 0 {
			continue // no executable is none of theirs
		}
		if err := a.runQuietly(min(hookLimit, time.Until(deadline)), path); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return err
}

// runQuietly runs a command as root with its output on the console. It must end within limit, and with 0.
func (a *Agent) runQuietly(limit time.Duration, args ...string) error {
	p, _, err := a.launch(&guestlink.Exec{Args: args, Detach: true, Dir: "/"})
	if err != nil {
		return err
	}
	a.commands.Add(1)
	defer a.commands.Add(-1)
	exit := p.await(nil, max(limit, time.Millisecond))
	switch {
	case exit.TimedOut:
		return fmt.Errorf("it was ended after %s", limit.Round(time.Millisecond))
	case exit.Status() != 0:
		return fmt.Errorf("it ended with %d", exit.Status())
	}
	return nil
}

// sshd is there when a guest can be logged into by ssh.
const sshd = "/usr/sbin/sshd"

// renewHostKeys takes away the host keys that all guests of an image share, and makes one of this guest's own: of the kind that
// takes no time, even where the processor is emulated.
func (a *Agent) renewHostKeys() guestlink.Check {
	const key = "/etc/ssh/ssh_host_ed25519_key"
	if _, err := os.Stat(sshd); err != nil {
		return guestlink.Check{Name: "host keys"}
	}
	old, err := filepath.Glob("/etc/ssh/ssh_host_*")
	for _, path := range old {
		err = errors.Join(err, os.Remove(path))
	}
	if err == nil {
		err = a.runQuietly(hookLimit, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", key)
	}
	return check("host keys", err)
}
