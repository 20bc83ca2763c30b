package fake

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"banger/internal/agent"
	"banger/internal/guestlink"
)

// system is the machine that the agent believes itself in.
type system struct {
	bootID  string
	release string
	started time.Time
	console *os.File
}

var _ agent.System = (*system)(nil)

func newSystem(console *os.File, args []string) (*system, error) {
	if len(args) == 0 {
		return nil, errors.New("it was given no boot id")
	}
	var uname unix.Utsname
	if err := unix.Uname(&uname); err != nil {
		return nil, os.NewSyscallError("uname", err)
	}
	return &system{
		bootID:  args[0],
		release: unix.ByteSliceToString(uname.Release[:]),
		started: time.Now(),
		console: console,
	}, nil
}

// Identity is a boot id of its own and the host's release.
func (s *system) Identity() (bootID, release string) { return s.bootID, s.release }

// Ready is nil: there is nothing to mount.
func (s *system) Ready() error { return nil }

// Configure sets the name. The clock, the network and the random numbers are the host's.
func (s *system) Configure(c guestlink.Configure) error {
	if c.Hostname == "" {
		return nil
	}
	return os.NewSyscallError("sethostname", unix.Sethostname([]byte(c.Hostname)))
}

// Examine finds nothing: what it would look at is the host's.
func (s *system) Examine(guestlink.Configure) []guestlink.Check { return nil }

// Mark marks nothing: there are no disks.
func (s *system) Mark() error { return nil }

// Info tells the host's memory and the guest's own uptime.
func (s *system) Info(info *guestlink.Info) error {
	var host unix.Sysinfo_t
	if err := unix.Sysinfo(&host); err != nil {
		return os.NewSyscallError("sysinfo", err)
	}
	info.UptimeMillis = time.Since(s.started).Milliseconds()
	info.MemTotal = int64(host.Totalram) * int64(host.Unit)
	info.MemAvailable = int64(host.Freeram) * int64(host.Unit)
	return nil
}

// Sync does nothing: there are no disks.
func (s *system) Sync() error { return nil }

// PowerOff ends the process, and with it all others of its namespace.
func (s *system) PowerOff() { os.Exit(statusPowerOff) }

// Console is where detached commands write to.
func (s *system) Console() *os.File { return s.console }
