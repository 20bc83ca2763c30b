package pid1

import (
	"fmt"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"banger/internal/guestlink"
)

// runDir is the agent's own folder in the guest.
const runDir = "/run/banger"

// etcFiles are bind-mounted from runDir over /etc. Overlay and disk are not touched when they change.
// One that an image has as a link leads somewhere else already.
var etcFiles = []string{"hostname", "hosts", "machine-id", "resolv.conf"}

// Configure implements agent.System.
func (m *machine) Configure(c guestlink.Configure) error {
	if c.Hostname != "" {
		if err := setHostname(c.Hostname); err != nil {
			return fmt.Errorf("set the hostname %q: %w", c.Hostname, err)
		}
	}
	if c.Address.IsValid() && m.wire.index != 0 {
		m.networkError = m.wire.set(c.Address) // Examine tells
	}
	if !c.Now.IsZero() {
		if err := setClock(c.Now); err != nil {
			return fmt.Errorf("set the clock: %w", err)
		}
	}
	if len(c.Entropy) > 0 {
		if err := addEntropy(c.Entropy); err != nil {
			return fmt.Errorf("seed the random number generator: %w", err)
		}
	}
	if c.MachineID != "" {
		if err := os.WriteFile(runDir+"/machine-id", []byte(c.MachineID+"\n"), 0o444); err != nil {
			return err
		}
	}
	if c.Git != nil {
		if err := writeIdentity(identityFile, *c.Git); err != nil {
			return fmt.Errorf("write down who commits: %w", err)
		}
	}
	if c.BootID != "" {
		if err := m.setBootID(c.BootID); err != nil {
			return fmt.Errorf("set the boot id: %w", err)
		}
	}
	return m.growDisks(c.Disks)
}

// bootIDFile is where programs read which boot this is.
const bootIDFile = "/proc/sys/kernel/random/boot_id"

// setBootID puts a file over the kernel's, which cannot be changed.
func (m *machine) setBootID(id string) error {
	own := runDir + "/boot_id"
	_, err := os.Stat(own)
	if err := os.WriteFile(own, []byte(id+"\n"), 0o444); err != nil {
		return err
	}
	if err != nil { // not yet: later ones write to the same file
		if err := unix.Mount(own, bootIDFile, "", unix.MS_BIND, ""); err != nil {
			return err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.bootID = id
	return nil
}

func setHostname(name string) error {
	if err := unix.Sethostname([]byte(name)); err != nil {
		return err
	}
	hosts := "127.0.0.1\tlocalhost\n127.0.1.1\t" + name + "\n::1\tlocalhost ip6-localhost ip6-loopback\n"
	if err := os.WriteFile(runDir+"/hosts", []byte(hosts), 0o644); err != nil {
		return err
	}
	return os.WriteFile(runDir+"/hostname", []byte(name+"\n"), 0o644)
}

// bindEtc mounts runDir's files over those in /etc, which are made if they are missing.
func bindEtc() error {
	for _, dir := range []string{runDir, "/etc"} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	for _, name := range etcFiles {
		if info, err := os.Lstat("/etc/" + name); err == nil && !info.Mode().IsRegular() {
			continue
		}
		for _, path := range []string{runDir + "/" + name, "/etc/" + name} {
			f, err := os.OpenFile(path, os.O_CREATE|os.O_RDONLY, 0o644)
			if err != nil {
				return err
			}
			f.Close()
		}
		if err := unix.Mount(runDir+"/"+name, "/etc/"+name, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("mount /etc/%s: %w", name, err)
		}
	}
	return nil
}

func setClock(now time.Time) error {
	t := unix.NsecToTimespec(now.UnixNano())
	return unix.ClockSettime(unix.CLOCK_REALTIME, &t)
}

// maxEntropy is how many bytes are used of what the host sends.
const maxEntropy = 512

// addEntropy credits seed to the kernel's random number generator and makes it use that from now on: two forks
// of one template differ from here.
func addEntropy(seed []byte) error {
	seed = seed[:min(len(seed), maxEntropy)]
	f, err := os.OpenFile("/dev/urandom", os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	var pool struct { // struct rand_pool_info of random.h
		bits, size int32
		bytes      [maxEntropy]byte
	}
	pool.bits, pool.size = int32(8*len(seed)), int32(len(seed))
	copy(pool.bytes[:], seed)
	if err := ioctl(f, unix.RNDADDENTROPY, unsafe.Pointer(&pool)); err != nil {
		return err
	}
	return ioctl(f, unix.RNDRESEEDCRNG, nil)
}
