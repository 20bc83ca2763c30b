package main

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"banger/internal/guestlink"
	"banger/internal/machine"
	"banger/internal/shim"
	"banger/internal/vmm/host"
	"banger/internal/vmm/memfd"
)

// addressRuns is of each kind.
const addressRuns = 15

// addresses measures what a network adds to a fork: the same configuration with an address and without one, in forks in turn that have
// done nothing yet.
func (b *benchmark) addresses(ctx context.Context) ([]figure, error) {
	launch, template, err := b.templateLaunch(ctx)
	if err != nil {
		return nil, err
	}
	defer launch.Snapshot.Memory.Close()
	dir := filepath.Join(b.dir, "forks")
	machines := &machine.Host{
		State: filepath.Join(dir, "vms"), Run: filepath.Join(dir, "run"), Blank: filepath.Join(dir, "blank"),
		Shim: []string{filepath.Join(b.programs, "bangerd"), "shim"},
	}
	var with, without []time.Duration
	for n := range addressRuns {
		for _, c := range []struct {
			times   *[]time.Duration
			address netip.Addr
		}{{&without, netip.Addr{}}, {&with, launch.Network.Guest}} {
			took, err := configureFork(ctx, machines.Machine(fmt.Sprintf("fork-%d", n)), launch, template, c.address)
			if err != nil {
				return nil, err
			}
			*c.times = append(*c.times, took)
		}
	}
	f := atMost("a fork's configuration with its network, beside the same without", with, without, 0)
	f.goal, f.satisfied = "≤ 20 ms above raw", p50(with)-p50(without) <= 20*time.Millisecond
	return []figure{f}, nil
}

// configureFork forks a machine and times its configuration alone.
func configureFork(ctx context.Context, m *machine.Machine, l machine.Launch, template string, address netip.Addr) (took time.Duration, err error) {
	if err := m.CloneDisks(ctx, template); err != nil {
		return 0, err
	}
	if _, err := m.Start(ctx, l); err != nil {
		return 0, err
	}
	begin := time.Now()
	_, err = m.Configure(ctx, guestlink.Configure{Hostname: "bench", Now: begin, Address: address, Forked: true})
	took = time.Since(begin)
	if _, killed := m.Kill(ctx, ""); err == nil {
		err = killed
	}
	if removed := m.RemoveFiles(); err == nil {
		err = removed
	}
	return took, err
}

// templateLaunch is a launch of what a template of the benchmark's host is of, which all have one vCPU. The caller closes its memory.
func (b *benchmark) templateLaunch(ctx context.Context) (l machine.Launch, template string, err error) {
	choice, err := host.Choose(host.Auto)
	if err != nil {
		return l, "", err
	}
	paths := map[string]string{"templates/*/state": "", "images/*/rootfs.ext4": "", "kernels/*/modules.ext4": ""}
	for pattern := range paths {
		found, err := filepath.Glob(filepath.Join(b.host.State, pattern))
		if err != nil || len(found) == 0 {
			return l, "", fmt.Errorf("the benchmark's host has no %s (%v)", pattern, err)
		}
		paths[pattern] = found[0]
	}
	template = filepath.Dir(paths["templates/*/state"])
	saved, err := os.Open(filepath.Join(template, shim.MemoryFile))
	if err != nil {
		return l, "", err
	}
	defer saved.Close()
	size, err := saved.Stat()
	if err != nil {
		return l, "", err
	}
	memory, err := memfd.Copy(ctx, "template", saved)
	return machine.Launch{
		Name: "bench", Engine: choice.Engine, VCPUs: 1, MemoryMiB: int(size.Size() >> 20),
		Rootfs: paths["images/*/rootfs.ext4"], Modules: paths["kernels/*/modules.ext4"],
		Network:  &shim.Network{Guest: netip.AddrFrom4([4]byte{172, 16, 0, 2}), Policy: "none"},
		Snapshot: &machine.Snapshot{Dir: template, Memory: memory},
	}, template, err
}
