package doctor

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"time"

	"banger/internal/disk"
)

var versionNumber = regexp.MustCompile(`\b\d+(\.\d+[\w.+~-]*)?\b`)

// checkMke2fs looks for the program without which no VM has a disk.
func checkMke2fs(ctx context.Context, _ *host) []Row {
	path, err := disk.Mke2fs()
	if err != nil {
		return problemRow(Fail, err, "install the package e2fsprogs")
	}
	return versionRow(ctx, Fail, path, "-V", "e2fsprogs")
}

// checkTool makes the check for a program that one command takes.
func checkTool(program, pkg, use string) func(context.Context, *host) []Row {
	return func(ctx context.Context, _ *host) []Row {
		path, err := find(program)
		if err != nil {
			return warned(program+" is not installed, so "+use+" cannot work", "install the package "+pkg)
		}
		return versionRow(ctx, Warn, path, "--version", pkg)
	}
}

// find looks in the folders of system programs too, which a plain user's PATH often misses.
func find(program string) (path string, err error) {
	for _, name := range []string{program, "/usr/sbin/" + program, "/sbin/" + program} {
		if path, err = exec.LookPath(name); err == nil {
			break
		}
	}
	return path, err
}

// versionRow has a program tell its version; bad is the status of one that does not run.
func versionRow(ctx context.Context, bad Status, path, flag, pkg string) []Row {
	version, err := versionOf(ctx, path, flag)
	if err != nil {
		return problemRow(bad, err, "install the package "+pkg+" anew")
	}
	return passed(version + ", " + path)
}

// versionOf asks a program for its version and picks the number out of the answer.
func versionOf(ctx context.Context, path, flag string) (string, error) {
	cmd := exec.CommandContext(ctx, path, flag)
	cmd.WaitDelay = time.Second // for children of its that keep the pipe open
	said, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		return "", fmt.Errorf("%s does not tell its version: nothing came for seconds", path)
	}
	if err != nil {
		return "", fmt.Errorf("%s does not tell its version: %s", path, lastLine(said, err))
	}
	number := versionNumber.FindString(string(said))
	if number == "" {
		return "", fmt.Errorf("%s does not tell its version", path)
	}
	return number, nil
}

// lastLine is the last thing that a program said before it failed, or how it failed.
func lastLine(said []byte, err error) string {
	lines := strings.Split(strings.TrimSpace(string(said)), "\n")
	if last := lines[len(lines)-1]; last != "" {
		return last
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.Exited() {
		return fmt.Sprintf("it said nothing and ended with %d", exit.ExitCode())
	}
	return err.Error()
}
