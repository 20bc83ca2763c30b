package image

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"banger/internal/problem"
)

// bootstrap is one run of mmdebstrap.
type bootstrap struct {
	host    host
	request Request
	sources sources
	scratch string
	stage   string // the build's folder
	log     *buildLog
}

// run has mmdebstrap write the archive of a root file system to out. It returns
// when mmdebstrap is gone and all it had started.
func (b bootstrap) run(ctx context.Context, out *os.File) error {
	// The parent-death signal belongs to the thread that started the child.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	options, err := b.aptOptions(ctx)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	cmd := b.command(ctx, options)
	cmd.Stdout = out
	if err := cmd.Start(); err != nil {
		return problem.New(problem.Unavailable, "mmdebstrap cannot be started: %w", err).
			WithRemedy("root needs the right to make namespaces (CAP_SYS_ADMIN); without it build as a plain user")
	}
	if err := recordBuilder(b.stage, cmd.Process.Pid); err != nil {
		stop(err)
	}
	err = cmd.Wait()
	if ctx.Err() != nil {
		if b.host.uid != 0 {
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // ESRCH when, as usual, nothing is left of the group
		}
		return context.Cause(ctx)
	}
	if err != nil {
		return b.log.failure(err)
	}
	return os.Remove(filepath.Join(b.stage, builderFile))
}

func (b bootstrap) command(ctx context.Context, options string) *exec.Cmd {
	mode := "--mode=root"
	if b.host.uid != 0 {
		mode = "--mode=unshare"
	}
	cmd := exec.CommandContext(ctx, "mmdebstrap", mode, "--variant="+b.host.variant, "--format=tar", "--verbose",
		"--include="+strings.Join(slices.Concat(b.host.base, b.request.Include), ","), "--aptopt="+options,
		"--dpkgopt=force-unsafe-io", // a build that a crash interrupts is thrown away
		b.request.Suite, "-", "-")
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), "TMPDIR="+b.scratch, "LC_ALL=C", "PATH="+os.Getenv("PATH")+":/usr/sbin:/sbin")
	cmd.Stdin = strings.NewReader(b.sources.String())
	cmd.Stderr = b.log
	cmd.WaitDelay = grace
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
