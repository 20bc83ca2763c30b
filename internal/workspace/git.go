package workspace

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"banger/internal/problem"
)

// settings win over whatever a repository's own configuration says: nothing is run, fetched, repaired or
// written that was not asked for. safe.directory lets root look at a repository of somebody else's, which is
// safe because of all the others.
var settings = [][2]string{
	{"core.fsmonitor", "false"},
	{"core.hooksPath", os.DevNull},
	{"core.attributesFile", os.DevNull},
	{"core.excludesFile", os.DevNull},
	{"core.untrackedCache", "false"},
	{"core.alternateRefsCommand", "false"},
	{"core.sshCommand", "false"},
	{"core.pager", "cat"},
	{"core.quotePath", "true"},
	{"core.protectHFS", "true"},
	{"core.protectNTFS", "true"},
	{"protocol.allow", "never"},
	{"submodule.recurse", "false"},
	{"advice.graftFileDeprecated", "false"},
	{"gc.auto", "0"},
	{"maintenance.auto", "false"},
	{"safe.directory", "*"},
	{"safe.bareRepository", "all"},
}

// git is one call of git.
type git struct {
	dir   string      // where it runs
	env   []string    // added to the closed environment
	set   [][2]string // added to settings
	stdin io.Reader
	// stdout takes what it writes; without it, run returns that.
	stdout io.Writer
	// user lets it read the user's own and the system's configuration, which settings still win over. For calls that only read.
	user bool
	// complaints takes what it writes to its standard error although it succeeds.
	complaints io.Writer
}

// maxOutput bounds what a call without stdout may return, in bytes.
const maxOutput = 256 << 20

// environment is closed: nothing of the daemon's own is passed on but where programs are.
func (g git) environment() []string {
	env := []string{
		"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC", "GIT_ATTR_NOSYSTEM=1",
		"GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "GIT_ALLOW_PROTOCOL=none", "GIT_NO_LAZY_FETCH=1",
		"GIT_NO_REPLACE_OBJECTS=1", "GIT_GRAFT_FILE=" + os.DevNull,
	}
	if g.user {
		env = append(env, "HOME="+os.Getenv("HOME"), "XDG_CONFIG_HOME="+os.Getenv("XDG_CONFIG_HOME"))
	} else {
		env = append(env, "HOME="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull)
	}
	all := append(settings[:len(settings):len(settings)], g.set...)
	for i, s := range all {
		n := strconv.Itoa(i)
		env = append(env, "GIT_CONFIG_KEY_"+n+"="+s[0], "GIT_CONFIG_VALUE_"+n+"="+s[1])
	}
	return append(append(env, "GIT_CONFIG_COUNT="+strconv.Itoa(len(all))), g.env...)
}

// run runs git to its end. When ctx ends, git and what it started are killed.
func (g git) run(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir, cmd.Env, cmd.Stdin, cmd.Stdout = g.dir, g.environment(), g.stdin, g.stdout
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	out, said := &bounded{limit: maxOutput}, &bounded{limit: 8 << 10}
	if cmd.Stdout == nil {
		cmd.Stdout = out
	}
	cmd.Stderr = said
	if g.complaints != nil {
		cmd.Stderr = io.MultiWriter(said, g.complaints)
	}
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case errors.Is(err, exec.ErrNotFound):
		return "", problem.New(problem.Unavailable, "git is not installed on this host").WithRemedy("install it: apt-get install git")
	case out.over:
		return "", fmt.Errorf("git %s said more than %d MiB", args[0], maxOutput>>20)
	case outOfSpace.MatchString(said.String()):
		err = syscall.ENOSPC
	}
	if err != nil {
		return "", &gitError{verb: args[0], said: strings.TrimSpace(said.String()), err: err}
	}
	return out.String(), nil
}

// outOfSpace is what git says of a full disk, here or there.
var outOfSpace = regexp.MustCompile(`No space left on device|Out of diskspace|Disk quota exceeded`)

// gitError is a git that failed.
type gitError struct {
	verb, said string
	err        error
}

func (e *gitError) Error() string {
	said := strings.TrimPrefix(e.said, "fatal: ")
	if said == "" {
		said = e.err.Error()
	}
	return fmt.Sprintf("git %s: %s", e.verb, said)
}

func (e *gitError) Unwrap() error { return e.err }

// bounded keeps what is written to it up to a limit, and takes the rest for nothing.
type bounded struct {
	bytes.Buffer
	limit int
	over  bool
}

func (b *bounded) Write(p []byte) (int, error) {
	if room := b.limit - b.Len(); len(p) > room {
		b.over = true
		b.Buffer.Write(p[:room])
		return len(p), nil
	}
	return b.Buffer.Write(p)
}
