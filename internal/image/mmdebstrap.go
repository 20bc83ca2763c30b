package image

import (
	"context"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// bootstrap is one run of mmdebstrap.
type bootstrap struct {
	host    host
	request Request
	sources sources
	scratch string
	log     *buildLog
}

// run has mmdebstrap write the archive of a root file system to out. It returns
// when mmdebstrap is gone and all it had started.
func (b bootstrap) run(ctx context.Context, out *os.File) error {
	// The parent-death signal belongs to the thread that started the child.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := b.command(ctx)
	cmd.Stdout = out
	err := cmd.Run()
	if cmd.Process != nil && b.host.uid != 0 {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // ESRCH when, as usual, nothing is left of the group
	}
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil && cmd.Process == nil:
		return startError(err)
	case err != nil:
		return b.log.failure(err)
	}
	return nil
}

// aptOptions are settings for the apt of the build. mmdebstrap leaves the host's out.
func (b bootstrap) aptOptions() string { return `Acquire::Retries "3"` }

func (b bootstrap) command(ctx context.Context) *exec.Cmd {
	mode := "--mode=root"
	if b.host.uid != 0 {
		mode = "--mode=unshare"
	}
	cmd := exec.CommandContext(ctx, "mmdebstrap", mode, "--variant=minbase", "--format=tar", "--verbose",
		"--include="+b.request.packages(), "--aptopt="+b.aptOptions(),
		"--dpkgopt=force-unsafe-io", // a build that a crash interrupts is thrown away
		b.request.Suite, "-", "-")
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), "TMPDIR="+b.scratch, "LC_ALL=C", "PATH="+os.Getenv("PATH")+":/usr/sbin:/sbin")
	cmd.Stdin = strings.NewReader(b.sources.String())
	cmd.Stderr = b.log
	cmd.WaitDelay = 30 * time.Second
	if b.host.uid == 0 {
		// In a process namespace its first process takes all others along, and
		// what they mounted goes with the mount namespace.
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Setpgid: true, Pdeathsig: syscall.SIGKILL,
			Cloneflags: syscall.CLONE_NEWPID, Unshareflags: syscall.CLONE_NEWNS,
		}
		return cmd
	}
	// Only mmdebstrap itself can remove what other users of its namespace own, so it is asked to end.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	return cmd
}
