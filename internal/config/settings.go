package config

import (
	"math"
	"net/netip"
	"slices"
	"strings"
)

// settings are all there are, in the order in which they are shown. A new one needs a line here, a field
// of Config, and its default in builtIn.
var settings = []setting{
	of("log_level", oneOf("debug", "info", "warn", "error"), func(c *Config) *string { return &c.LogLevel }),
	of("engine", oneOf("auto", "qemu", "emulated", "fake"), func(c *Config) *string { return &c.Engine }),
	of("default_image", word, func(c *Config) *string { return &c.DefaultImage }),
	of("default_kernel", word, func(c *Config) *string { return &c.DefaultKernel }),
	of("subnet", network, func(c *Config) *netip.Prefix { return &c.Subnet }),
	of("net", netPolicy, func(c *Config) *string { return &c.Net }),
	of("proxy_listen", loopback, func(c *Config) *netip.AddrPort { return &c.ProxyListen }),
	of("check_peer", truth, func(c *Config) *bool { return &c.CheckPeer }),
	of("expose", truth, func(c *Config) *bool { return &c.Expose }),
	of("dns_listen", loopback, func(c *Config) *netip.AddrPort { return &c.DNSListen }),
	of("spares", number(0, maxSpares), func(c *Config) *int { return &c.Spares }),
	of("template_budget", sizeOrNone, func(c *Config) *int64 { return &c.TemplateBudget }),
	of("idle_stop", idleStop, func(c *Config) *IdleStop { return &c.IdleStop }),
	of("quota.vms", number(0, math.MaxInt), func(c *Config) *int { return &c.Quota.VMs }),
	of("quota.memory", limit, func(c *Config) *Limit { return &c.Quota.Memory }),
	of("quota.disk", limit, func(c *Config) *Limit { return &c.Quota.Disk }),
	of("vm_defaults.vcpu", number(1, math.MaxInt), func(c *Config) *int { return &c.VMDefaults.VCPU }).guessed(),
	of("vm_defaults.memory", size, func(c *Config) *int64 { return &c.VMDefaults.Memory }).guessed(),
	of("vm_defaults.disk_size", size, func(c *Config) *int64 { return &c.VMDefaults.DiskSize }),
	of("vm_defaults.system_size", size, func(c *Config) *int64 { return &c.VMDefaults.SystemSize }),
}

// maxSpares is more than anybody's memory is for.
const maxSpares = 16

// setting is one thing that can be set.
type setting struct {
	key    string // with its table: vm_defaults.vcpu
	set    func(c *Config, text string) error
	get    func(c *Config) string // as set takes it
	origin string                 // of the value that nobody set
	truth  bool                   // it is true or false
}

func of[T any](key string, k kind[T], field func(*Config) *T) setting {
	_, isTruth := any(k).(kind[bool])
	return setting{
		key: key,
		set: func(c *Config, text string) error {
			value, err := k.parse(text)
			if err == nil {
				*field(c) = value
			}
			return err
		},
		get:    func(c *Config) string { return k.format(*field(c)) },
		origin: BuiltIn,
		truth:  isTruth,
	}
}

// guessed says that the default comes from the host's size.
func (s setting) guessed() setting {
	s.origin = Host
	return s
}

// variable is the environment's name of the setting.
func (s setting) variable() string {
	return "BANGER_" + strings.ToUpper(strings.ReplaceAll(s.key, ".", "_"))
}

func find(key string) (setting, bool) {
	if name, ok := strings.CutPrefix(key, envTable); ok {
		return variable(name), true
	}
	i := slices.IndexFunc(settings, func(s setting) bool { return s.key == key })
	if i < 0 {
		return setting{}, false
	}
	return settings[i], true
}

// isTable reports whether settings have keys below this one.
func isTable(key string) bool {
	return key+"." == envTable || slices.ContainsFunc(settings, func(s setting) bool { return strings.HasPrefix(s.key, key+".") })
}
