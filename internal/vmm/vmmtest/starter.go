package vmmtest

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"banger/internal/process"
	"banger/internal/vmm"
)

// starterRole is the environment variable that makes a test program a starter. It holds the
// JSON of an order.
const starterRole = "BANGER_VMMTEST_STARTER"

// order is what a starter is to start.
type order struct{ Engine, Kernel, Initramfs string }

// Main is the whole of an engine's TestMain. It is given every engine that a Subject can have.
func Main(m *testing.M, engines ...func() (vmm.Engine, error)) {
	if o := os.Getenv(starterRole); o != "" {
		fmt.Println(playStarter(o, engines))
		os.Exit(1)
	}
	status := m.Run()
	removeScratch()
	os.Exit(status)
}

// playStarter starts a machine, prints the engine's pid, and waits to be killed. It returns only when
// something went wrong.
func playStarter(text string, engines []func() (vmm.Engine, error)) error {
	var o order
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return err
	}
	spec := vmm.Spec{Name: "orphan", VCPUs: 1, MemoryMiB: 512, Console: &Transcript{}, Log: &Transcript{}}
	var err error
	if spec.Kernel, err = os.Open(o.Kernel); err != nil {
		return err
	}
	if spec.Initramfs, err = os.Open(o.Initramfs); err != nil {
		return err
	}
	engine, err := named(o.Engine, engines)
	if err != nil {
		return err
	}
	machine, err := engine.Start(context.Background(), spec)
	if err != nil {
		return err
	}
	fmt.Println(machine.PID())
	<-machine.Done()
	return fmt.Errorf("the machine ended first: %+v", machine.Exit())
}

func named(name string, engines []func() (vmm.Engine, error)) (vmm.Engine, error) {
	for _, newEngine := range engines {
		if e, err := newEngine(); err == nil && e.Name() == name {
			return e, nil
		}
	}
	return nil, fmt.Errorf("Main was not given the engine %q", name)
}

// starterDies kills a process that has started a machine, and waits for the engine to follow it.
func starterDies(t *testing.T, s Subject) {
	o, err := json.Marshal(order{s.engine(t).Name(), s.Kernel, s.Initramfs})
	if err != nil {
		t.Fatal(err)
	}
	starter := exec.Command("/proc/self/exe")
	starter.Env = append(os.Environ(), starterRole+"="+string(o))
	starter.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := starter.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := starter.Start(); err != nil {
		t.Fatal(err)
	}
	said, _ := bufio.NewReader(out).ReadString('\n')
	var pid int
	if _, err := fmt.Sscan(said, &pid); err != nil {
		starter.Process.Kill()
		starter.Wait()
		t.Fatalf("the starter said %q", said)
	}
	engine, err := process.Of(pid)
	if err != nil {
		t.Error(err)
	}
	starter.Process.Kill()
	starter.Wait()
	if err := engine.Wait(bounded(t)); err != nil {
		syscall.Kill(pid, syscall.SIGKILL)
		t.Errorf("the engine lives on without its starter: %v", err)
	}
}
