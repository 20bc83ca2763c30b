package server

import (
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"banger/internal/problem"
	"banger/internal/vmm"

	"golang.org/x/sys/unix"
)

// TestUsageOfThisProcess compares with what the test itself does: it uses memory and processor time.
func TestUsageOfThisProcess(t *testing.T) {
	for used(t) < 200*time.Millisecond {
		continue
	}
	before := used(t)
	got, err := processorTime(os.Getpid())
	if after := used(t); err != nil || got < before-2*time.Second/ticksPerSecond || got > after {
		t.Errorf("%v, %v; getrusage says %v before and %v after", got, err, before, after)
	}
	ballast := make([]byte, 64<<20)
	for i := 0; i < len(ballast); i += 4096 {
		ballast[i] = 1
	}
	sum, err := memoryOf(os.Getpid())
	if err != nil || sum.Own < int64(len(ballast)) || sum.Shared <= 0 {
		t.Errorf("%+v, %v; %d bytes are in use", sum, err, len(ballast)+int(ballast[0]))
	}
	if io := blockIO(os.Getpid()); io == nil || io.Read < 0 || io.Written < 0 {
		t.Errorf("%+v", io)
	}
	if io := blockIO(1 << 30); io != nil {
		t.Errorf("of a process that is not there: %+v", io)
	}
}

// used is this process's time in user mode and in the kernel.
func used(t *testing.T) time.Duration {
	t.Helper()
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		t.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// ended is a machine whose engine is no more.
type ended struct {
	vmm.Machine
	pid int
}

func (e ended) PID() int { return e.pid }

// TestUsageOfAMachineThatHasEnded is no defect: who asks may be a moment late, be the engine waited for by then or not.
func TestUsageOfAMachineThatHasEnded(t *testing.T) {
	engine := exec.Command("true")
	if err := engine.Start(); err != nil {
		t.Fatal(err)
	}
	var dead unix.Siginfo
	if err := unix.Waitid(unix.P_PID, engine.Process.Pid, &dead, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		t.Fatal(err)
	}
	s := &server{machine: ended{pid: engine.Process.Pid}}
	if _, err := s.usage(); problem.CodeOf(err) != problem.Conflict {
		t.Errorf("not yet waited for: %v", err)
	}
	if err := engine.Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.usage(); problem.CodeOf(err) != problem.Conflict {
		t.Errorf("waited for: %v", err)
	}
}
