package config

import (
	"net/netip"
)

// Config is every setting, resolved.
type Config struct {
	LogLevel      string // debug, info, warn, error
	Engine        string // auto, qemu, emulated
	DefaultImage  string
	DefaultKernel string
	// Subnet is the first /24 that guests get addresses from.
	Subnet netip.Prefix
	// Net is what a VM may reach when its creator does not say, in the one line of package policy.
	Net string
	// ProxyListen is where the daemon's proxy for browsers listens, on the loopback; the zero value is nowhere.
	ProxyListen netip.AddrPort
	// CheckPeer has listeners on this host refuse the connections of other users than the owner and root.
	CheckPeer bool
	// Expose mirrors the ports of new VMs at their loopback addresses when their creator does not say.
	Expose bool
	// DNSListen is where names of VMs are answered for; the zero value is nowhere.
	DNSListen netip.AddrPort
	// Spares is how many forks wait for whoever needs one next.
	Spares int
	// TemplateBudget is what all templates together may take on the disk, in bytes; 0 means that there are none.
	TemplateBudget int64
	// IdleStop is when a VM that nobody uses is stopped.
	IdleStop   IdleStop
	Quota      Quota
	VMDefaults VMDefaults
	// Env is variables for every command in new VMs.
	Env map[string]string
	// FileSync is what of the user's home every VM gets at each start, in the order of the file.
	FileSync []FileSync
}

// VMDefaults is how big a VM is when its creator does not say.
type VMDefaults struct {
	VCPU                         int
	Memory, DiskSize, SystemSize int64 // bytes
}

// Load resolves every setting from the file at path, which need not exist, and
// from the environment. A mistake is a problem.Invalid.
func Load(path string, getenv func(string) string) (Config, error) {
	r, err := Read(path, getenv)
	if err == nil {
		err = r.Err()
	}
	if err != nil {
		return Config{}, err
	}
	return r.Config, nil
}

func builtIn() Config {
	return Config{
		LogLevel: "info", Engine: "auto",
		DefaultImage: "debian-bookworm", DefaultKernel: "debian-cloud",
		Subnet:         netip.MustParsePrefix("172.16.0.0/24"),
		Net:            "internet",
		ProxyListen:    netip.MustParseAddrPort("127.0.0.1:7788"),
		CheckPeer:      true,
		DNSListen:      netip.MustParseAddrPort("127.0.0.1:42069"),
		Spares:         1,
		TemplateBudget: 10 << 30,
		IdleStop:       IdleStop{Auto: true},
		Quota:          Quota{Memory: Limit{Percent: 80}, Disk: Limit{Percent: 90}},
		VMDefaults:     VMDefaults{VCPU: guessVCPU(), Memory: guessMemory(), DiskSize: 8 << 30, SystemSize: 8 << 30},
	}
}
