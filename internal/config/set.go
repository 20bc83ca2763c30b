package config

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"banger/internal/problem"
)

// setters take one setting from text, by its key.
var setters = map[string]func(*Config, string) error{
	"log_level":               func(c *Config, s string) error { return setOneOf(&c.LogLevel, s, "debug", "info", "warn", "error") },
	"engine":                  func(c *Config, s string) error { return setOneOf(&c.Engine, s, "auto", "qemu", "emulated", "fake") },
	"default_image":           func(c *Config, s string) error { return setName(&c.DefaultImage, s) },
	"default_kernel":          func(c *Config, s string) error { return setName(&c.DefaultKernel, s) },
	"subnet":                  func(c *Config, s string) error { return setSubnet(&c.Subnet, s) },
	"spares":                  func(c *Config, s string) error { return setSpares(&c.Spares, s) },
	"template_budget":         func(c *Config, s string) error { return setBudget(&c.TemplateBudget, s) },
	"vm_defaults.vcpu":        func(c *Config, s string) error { return setCount(&c.VMDefaults.VCPU, s) },
	"vm_defaults.memory":      func(c *Config, s string) error { return setSize(&c.VMDefaults.Memory, s) },
	"vm_defaults.disk_size":   func(c *Config, s string) error { return setSize(&c.VMDefaults.DiskSize, s) },
	"vm_defaults.system_size": func(c *Config, s string) error { return setSize(&c.VMDefaults.SystemSize, s) },
}

func (c *Config) set(key, text string) error {
	if err := setters[key](c, text); err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	return nil
}

// readEnvironment sets what the environment says. An empty variable is as good as none.
func (c *Config) readEnvironment(getenv func(string) string) error {
	for _, key := range slices.Sorted(maps.Keys(setters)) {
		text := getenv(variable(key))
		if text == "" {
			continue
		}
		if err := c.set(key, text); err != nil {
			return problem.New(problem.Invalid, "the environment's %s: %w", variable(key), err).
				WithRemedy("unset it or give it another value")
		}
	}
	return nil
}

// variable is the environment's name of a key.
func variable(key string) string {
	return "BANGER_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

func setOneOf(to *string, s string, allowed ...string) error {
	for _, a := range allowed {
		if s == a {
			*to = s
			return nil
		}
	}
	return fmt.Errorf("%q is not one of %s", s, strings.Join(allowed, ", "))
}

func setName(to *string, s string) error {
	if s == "" {
		return errors.New("it cannot be empty")
	}
	*to = s
	return nil
}

func setCount(to *int, s string) error {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		return fmt.Errorf("%q is not a number from 1 on", s)
	}
	*to = n
	return nil
}

func setSize(to *int64, s string) error {
	n, err := ParseSize(s)
	if err == nil {
		*to = n
	}
	return err
}

// maxSpares is more than anybody's memory is for.
const maxSpares = 16

func setSpares(to *int, s string) error {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > maxSpares {
		return fmt.Errorf("%q is not a number from 0 to %d", s, maxSpares)
	}
	*to = n
	return nil
}

// setBudget is setSize where 0 means none.
func setBudget(to *int64, s string) error {
	if s == "0" {
		*to = 0
		return nil
	}
	return setSize(to, s)
}

// allSubnets is what guests' addresses are taken from (the store's contract).
var allSubnets = netip.MustParsePrefix("172.16.0.0/12")

func setSubnet(to *netip.Prefix, s string) error {
	p, err := netip.ParsePrefix(s)
	if err != nil || p.Bits() != 24 || p != p.Masked() || !allSubnets.Contains(p.Addr()) {
		return fmt.Errorf("%q is not a network like 172.16.0.0/24 within %s", s, allSubnets)
	}
	*to = p
	return nil
}
