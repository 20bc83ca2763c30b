package kernel

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
	"unicode"

	"banger/internal/problem"
)

// maxOutput bounds what is kept of a program's output.
const maxOutput = 1 << 20

// program makes a command that runs in a process group of its own, which the end of
// ctx kills as a whole: apt's helpers do not outlive it.
func program(ctx context.Context, path string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// run runs cmd and gives what it printed. A failure is told in the program's own words.
func run(ctx context.Context, cmd *exec.Cmd) (string, error) {
	var stdout, stderr bounded
	if cmd.Stdout == nil {
		cmd.Stdout = &stdout
	}
	cmd.Stderr = &stderr
	err := cmd.Run()
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	if err != nil {
		return "", failed(cmd, stderr.String(), err)
	}
	return stdout.String(), nil
}

// failed tells a program's failure in its own words.
func failed(cmd *exec.Cmd, stderr string, err error) error {
	err = fmt.Errorf("%s: %s", filepath.Base(cmd.Path), lastWords(stderr, err))
	if strings.Contains(stderr, "No space left on device") {
		err = fmt.Errorf("%w (%w)", err, syscall.ENOSPC)
	}
	return err
}

// lastWords are the last lines that a program wrote, in one line and fit for a terminal. Of
// what apt writes they are the errors.
func lastWords(stderr string, err error) string {
	var errs []string
	lines := strings.Split(strings.TrimSpace(stderr), "\n")
	for _, line := range lines {
		if after, ok := strings.CutPrefix(line, "E: "); ok {
			errs = append(errs, after)
		}
	}
	if errs != nil {
		lines = errs
	}
	words := strings.Join(lines[max(0, len(lines)-4):], "; ")
	words = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, words)
	if words == "" {
		return err.Error()
	}
	return words
}

// find gives the path of a program, looking also where a plain user's PATH often does not.
func find(name, pkg string) (string, error) {
	for _, dir := range []string{"", "/usr/sbin/", "/sbin/"} {
		if path, err := exec.LookPath(dir + name); err == nil {
			return path, nil
		}
	}
	return "", problem.New(problem.Unavailable, "%s is not installed", name).
		WithRemedy("install the package %s", pkg)
}

// bounded keeps the first maxOutput bytes that are written to it.
type bounded struct{ bytes.Buffer }

func (b *bounded) Write(p []byte) (int, error) {
	b.Buffer.Write(p[:min(len(p), maxOutput-b.Len())])
	return len(p), nil
}
