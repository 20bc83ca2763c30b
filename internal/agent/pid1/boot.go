package pid1

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"banger/internal/agent"
)

// Run is the life of process 1. It returns only when the guest link cannot be served, which
// leaves the guest useless.
func Run(version string) error {
	// The agent moves bytes and starts processes; the guest's other CPUs are for its commands. With more than
	// one of its own, Go's threads wake each other for work that one does sooner.
	runtime.GOMAXPROCS(1)
	if err := mountAll(early); err != nil {
		return err
	}
	m, err := newMachine()
	if err != nil {
		return err
	}
	m.complain(loadModules())
	m.complain(raiseLimits())
	m.bringUp()
	m.wire, m.networkError = openWire() // Examine tells
	a, err := agent.New(m, version)
	if err != nil {
		return err
	}
	go obeySignals(a)
	return serve(a)
}

// reopenPause is the time between attempts to reach a host that has closed the link. A
// virtio-serial port has no event to wait for that tells of the host's return.
const reopenPause = 100 * time.Millisecond

// serve serves the guest link for ever, also when the host closes it and opens it again.
func serve(a *agent.Agent) error {
	for {
		port, err := openPort()
		if err != nil {
			return err
		}
		a.Serve(context.Background(), port) // why a link ended does not matter to a guest
		<-time.After(reopenPause)
	}
}

// obeySignals powers off at the signals by which programs ask process 1 to. Those that ask an init to
// read its configuration again must not end it.
func obeySignals(a *agent.Agent) {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP, syscall.SIGQUIT)
	off := make(chan os.Signal, 1)
	signal.Notify(off, syscall.SIGTERM, syscall.SIGINT, syscall.SIGPWR, syscall.SIGUSR1, syscall.SIGUSR2)
	<-off
	a.PowerOff()
}

// bringUp makes the machine that commands run in. If it cannot, the agent is there all the same and says why.
func (m *machine) bringUp() {
	disks, err := findDisks()
	if err == nil {
		err = m.assemble(disks)
	}
	if err != nil {
		m.err = fmt.Errorf("the guest did not come up: %w", err)
	}
	m.complain(m.err)
}

// assemble puts the root file system together and makes it complete.
func (m *machine) assemble(disks map[string]string) error {
	if disks["rootfs"] != "" {
		if err := m.mountRoot(disks["rootfs"], disks["system"]); err != nil {
			return err
		}
	}
	if err := mountAll(late); err != nil {
		return err
	}
	if disks["modules"] != "" {
		if err := mountReadOnly(disks["modules"], "/lib/modules"); err != nil {
			return err
		}
	}
	if disks["work"] != "" {
		if err := m.mountWork(disks["work"]); err != nil {
			return err
		}
	}
	if err := errors.Join(linkDev(), bindEtc(), loopbackUp()); err != nil {
		return err
	}
	m.complain(includeIdentity(systemConfig, identityFile)) // a guest in which nobody can commit is better than none
	return nil
}

// raiseLimits sets what commands may have open: more than a kernel's 1024 of old, not so much
// that programs which close every possible descriptor take long.
func raiseLimits() error {
	return syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 1 << 16, Max: 1 << 19})
}

// loopbackUp brings the interface lo up.
func loopbackUp() error {
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(s)
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	lo.SetUint16(unix.IFF_UP)
	if err := unix.IoctlIfreq(s, unix.SIOCSIFFLAGS, lo); err != nil {
		return fmt.Errorf("bring the loopback interface up: %w", err)
	}
	return nil
}
