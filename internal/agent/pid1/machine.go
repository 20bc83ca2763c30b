package pid1

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"banger/internal/guestlink"
)

// machine is the agent's System in a real guest.
type machine struct {
	release string
	console *os.File

	err      error    // why bring-up failed
	writable []volume // the writable disks

	mu     sync.Mutex
	bootID string // the kernel's, until Configure sets another

	wire         wire
	networkError error // why it has not what it was to have
}

func newMachine() (*machine, error) {
	console, err := os.OpenFile("/dev/console", os.O_WRONLY|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return nil, err
	}
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return nil, err
	}
	return &machine{
		bootID: strings.TrimSpace(string(id)), release: unix.ByteSliceToString(name.Release[:]),
		console: console,
	}, nil
}

// Identity implements agent.System.
func (m *machine) Identity() (string, string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.bootID, m.release
}

// Console implements agent.System.
func (m *machine) Console() *os.File { return m.console }

// Ready implements agent.System.
func (m *machine) Ready() error { return m.err }

// complain writes an error to the console, if there is one. Every byte costs time under emulation: a guest that is well says nothing.
func (m *machine) complain(err error) {
	if err != nil {
		fmt.Fprintf(m.console, "banger-agent: %v\n", err)
	}
}

// Sync implements agent.System.
func (m *machine) Sync() error {
	unix.Sync()
	return nil
}

// Info implements agent.System.
func (m *machine) Info(info *guestlink.Info) error {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &now); err != nil {
		return err
	}
	info.UptimeMillis = now.Nano() / 1e6
	f, err := os.Open("/proc/meminfo")
	if err != nil {
		return err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var kib int64
		if n, _ := fmt.Sscanf(lines.Text(), "MemTotal: %d kB", &kib); n == 1 {
			info.MemTotal = kib << 10
		}
		if n, _ := fmt.Sscanf(lines.Text(), "MemAvailable: %d kB", &kib); n == 1 {
			info.MemAvailable = kib << 10
			return nil
		}
	}
	return errors.New("the kernel does not tell how much memory is available")
}

// PowerOff implements agent.System. It does not return.
func (m *machine) PowerOff() {
	for _, v := range m.writable {
		if err := unix.Mount("", v.path(), "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
			m.complain(fmt.Errorf("remount the %s disk read-only: %w", v.serial, err))
		}
	}
	unix.Sync() // what the remounts did not reach
	m.complain(unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF))
	os.Exit(1)
}
