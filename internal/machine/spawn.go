package machine

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"banger/internal/shim"
)

// spawn starts the shim in a session of its own, so that no terminal's signal and
// no death of the daemon reaches it.
func (m *Machine) spawn(l Launch) (*exec.Cmd, *os.File, error) {
	log, err := os.OpenFile(m.path(shimLog), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("open the supervisor's log: %w", err)
	}
	defer log.Close()
	reports, w, err := os.Pipe()
	if err != nil {
		return nil, nil, fmt.Errorf("start the supervisor: %w", err)
	}
	defer w.Close()
	argv := append(m.host.Shim[1:len(m.host.Shim):len(m.host.Shim)], m.path(shim.LaunchFile))
	cmd := exec.Command(m.host.Shim[0], argv...)
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	cmd.Stdout, cmd.Stderr = log, log
	cmd.ExtraFiles = []*os.File{w} // descriptor 3: shim.ReportFD
	if l.Snapshot != nil {
		cmd.ExtraFiles = append(cmd.ExtraFiles, l.Snapshot.Memory) // descriptor 4: shim.MemoryFD
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	start := cmd.Start
	if l.Idle {
		start = func() error { return idly(cmd.Start) }
	}
	if err := start(); err != nil {
		reports.Close()
		return nil, nil, fmt.Errorf("start the supervisor: %w", err)
	}
	return cmd, reports, nil
}

// idly calls start, which starts a program, with the lowest priority. A plain user's thread cannot get its own
// back, so it is one that ends.
func idly(start func() error) error {
	const lowest = 19
	result := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		err := os.NewSyscallError("setpriority", syscall.Setpriority(syscall.PRIO_PROCESS, syscall.Gettid(), lowest))
		if err == nil {
			err = start()
		}
		result <- err
	}()
	return <-result
}
