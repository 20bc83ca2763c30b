package cli

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/pflag"

	"banger/internal/config"
)

// maxDisk is the largest disk, in bytes. Beyond it an empty ext4 cannot be grown online.
const maxDisk = 128 << 30

// size is a flag that takes 512M, 4GiB, or a plain number of MiB.
type size struct {
	bytes int64 // 0 when it was not given
	limit int64 // 0 when the daemon knows it better
}

// String satisfies pflag.Value.
func (s *size) String() string {
	if s.bytes == 0 {
		return ""
	}
	return config.FormatSize(s.bytes)
}

// Set satisfies pflag.Value.
func (s *size) Set(text string) error {
	bytes, err := config.ParseSize(text)
	if err == nil && s.limit > 0 && bytes > s.limit {
		err = fmt.Errorf("%s is more than the limit of %s", text, config.FormatSize(s.limit))
	}
	s.bytes = bytes
	return err
}

// Type satisfies pflag.Value.
func (s *size) Type() string { return "SIZE" }

// count is a flag that takes a number from 1 on.
type count int

// String satisfies pflag.Value.
func (c *count) String() string { return strconv.Itoa(int(*c)) }

// Set satisfies pflag.Value.
func (c *count) Set(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return errors.New("it is a number from 1 on")
	}
	*c = count(n)
	return nil
}

// Type satisfies pflag.Value.
func (c *count) Type() string { return "N" }

// shape is how big a VM is to be; zero values mean the configured default.
type shape struct {
	vcpu                 count
	memory, disk, system size
}

// or gives the sizes that were chosen, and the configured ones for the others.
func (s *shape) or(d config.VMDefaults) (vcpu int, memory, disk, system int64) {
	return first(int(s.vcpu), d.VCPU), first(s.memory.bytes, d.Memory), first(s.disk.bytes, d.DiskSize), first(s.system.bytes, d.SystemSize)
}

func (s *shape) addFlags(flags *pflag.FlagSet) {
	s.disk.limit, s.system.limit = maxDisk, maxDisk
	flags.Var(&s.vcpu, "vcpu", "number of virtual CPUs")
	flags.Var(&s.memory, "memory", "memory: 512M, 4G, or a number of MiB")
	flags.Var(&s.disk, "disk-size", "size of the work disk at /root, at most 128G; takes space as it fills")
	flags.Var(&s.system, "system-size", "size of the disk for changes to the rest, at most 128G; takes space as it fills")
}
