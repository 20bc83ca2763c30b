package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"

	"banger/internal/guestlink"
	"banger/internal/vmm"
	"banger/internal/vmm/vmmtest"
)

const (
	// bootTimeout is the one after which a start of banger's fails, too.
	bootTimeout = 120 * time.Second
	// offTimeout bounds the rest of a machine's life.
	offTimeout = 60 * time.Second
)

// boot boots one machine, uses it and powers it off. took is the time to the agent's greeting.
func boot(ctx context.Context, engine vmm.Engine, parts vmmtest.Parts, vcpus int) (took time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, bootTimeout)
	defer cancel()
	var console, log vmmtest.Transcript
	defer func() {
		if err != nil {
			err = fmt.Errorf("%w\nconsole:\n%s\nlog:\n%s", err, &console, &log)
		}
	}()
	spec := vmm.Spec{Name: "soak", VCPUs: vcpus, MemoryMiB: 512, Console: &console, Log: &log}
	if spec.Kernel, err = os.Open(parts.Kernel); err != nil {
		return 0, err
	}
	defer spec.Kernel.Close()
	if spec.Initramfs, err = os.Open(parts.Initramfs); err != nil {
		return 0, err
	}
	defer spec.Initramfs.Close()
	begin := time.Now()
	m, err := engine.Start(ctx, spec)
	if err != nil {
		return 0, err
	}
	defer m.Kill()
	session, err := guestlink.Connect(ctx, m.Guest())
	if err != nil {
		return 0, fmt.Errorf("%w\nits threads: %s", err, activity(m.PID()))
	}
	defer session.Close()
	took = time.Since(begin)
	return took, use(m, session)
}

// use runs a command and powers off.
func use(m vmm.Machine, session *guestlink.Session) error {
	ctx, cancel := context.WithTimeout(context.Background(), offTimeout)
	defer cancel()
	stream, err := session.Open(ctx)
	if err != nil {
		return err
	}
	exit, err := guestlink.RunExec(ctx, stream, guestlink.Exec{Args: []string{"/probe", "say", "hello"}, Dir: "/"}, guestlink.IO{})
	if err != nil {
		return err
	}
	if exit.Status() != 0 {
		return fmt.Errorf("the command ended with status %d", exit.Status())
	}
	session.Call(ctx, guestlink.Request{Op: guestlink.OpPowerOff}) // the link may be gone before the answer is
	select {
	case <-m.Done():
	case <-ctx.Done():
		return fmt.Errorf("it did not power off in %s", offTimeout)
	}
	if exit := m.Exit(); exit.Cause != vmm.CausePowerOff {
		return fmt.Errorf("it ended otherwise: %+v", exit)
	}
	return nil
}

// keepBusy starts one busy process per core; the function that it returns ends them.
func keepBusy() (idle func(), err error) {
	var spinners []*exec.Cmd
	idle = func() {
		for _, s := range spinners {
			s.Process.Kill()
			s.Wait()
		}
	}
	runtime.LockOSThread() // the spinners die with this thread
	for range runtime.NumCPU() {
		s := exec.Command("/proc/self/exe", "-spin")
		s.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		if err := s.Start(); err != nil {
			idle()
			return nil, err
		}
		spinners = append(spinners, s)
	}
	return idle, nil
}
