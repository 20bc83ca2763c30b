package vmmtest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"banger/internal/disk"
	"banger/internal/guestlink"
	"banger/internal/vmm"
	"banger/internal/vmm/memfd"
)

// fork saves a machine that runs, lets copies go on from it, and saves one of those in turn.
func fork(t *testing.T, s Subject) {
	if !s.engine(t).Features().Fork {
		t.Fatal("the engine cannot fork")
	}
	for _, shape := range []struct{ vcpus, memoryMiB int }{{1, 512}, {2, 1024}} {
		t.Run(fmt.Sprintf("%d vCPUs", shape.vcpus), func(t *testing.T) {
			spec := s.spec(t)
			spec.VCPUs, spec.MemoryMiB = shape.vcpus, shape.memoryMiB
			f := family{t: t, subject: s, disk: blankDisk(t)}
			parent := s.boot(t, f.withDisk(spec, f.disk))
			f.generations(parent)
		})
	}
}

// family is a machine and those that stem from it.
type family struct {
	t       *testing.T
	subject Subject
	disk    string // path of the first one's
}

// diskSize is that of a family's disk, in bytes.
const diskSize = 16 << 20

func blankDisk(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "disk")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, diskSize); err != nil {
		t.Fatal(err)
	}
	return path
}

func (f family) withDisk(spec vmm.Spec, path string) vmm.Spec {
	spec.Disks = []vmm.Disk{{Serial: "scratch", File: open(f.t, path, os.O_RDWR)}}
	return spec
}

// remember and recall use the guest's memory and disk; a guest that is no real one has neither.
func (f family) remember(g *guest, word string) {
	f.t.Helper()
	if g.real() {
		g.must(word, "create", "/remembered")
		g.must(word, "write", "/dev/vda")
	}
}

func (f family) recall(g *guest, word string) {
	f.t.Helper()
	if !g.real() {
		return
	}
	if got := g.must("", "cat", "/remembered"); got != word {
		f.t.Errorf("the guest's memory holds %.20q, want %q", got, word)
	}
	if got := g.must("", "head", "/dev/vda", fmt.Sprint(len(word))); got != word {
		f.t.Errorf("the guest's disk holds %.20q, want %q", got, word)
	}
}

func (g *guest) real() bool { return g.subject.engine(g.t).Features().RealGuest }

func (f family) generations(parent *guest) {
	f.t.Helper()
	f.remember(parent, "first generation")
	child := f.save(parent)
	f.recall(parent, "first generation")
	f.remember(parent, "parent, later on")

	a, b := child.start(), child.start()
	f.recall(a, "first generation")
	f.remember(a, "a's own memories")
	f.recall(b, "first generation")
	f.recall(parent, "parent, later on")
	if a.session.Peer().BootID != parent.session.Peer().BootID {
		f.t.Errorf("the copy says that it is of boot %s, not %s", a.session.Peer().BootID, parent.session.Peer().BootID)
	}

	grandchild := f.save(a).start()
	f.recall(grandchild, "a's own memories")
	f.remember(grandchild, "of a grandchild!")
	f.recall(a, "a's own memories")
	f.recall(b, "first generation")
	if got := child.sum(); got != child.was {
		f.t.Error("the memory that the copies began with has changed")
	}
	for _, g := range []*guest{parent, a, b, grandchild} {
		g.powerOff()
		g.ends(vmm.CausePowerOff)
	}
}

// saved is a machine that was written down.
type saved struct {
	family
	spec        vmm.Spec // of the machine
	memory      *os.File // sealed
	state, disk string   // paths
	was         string   // checksum of memory
}

// save writes down a machine that is busy: commands run in it and its disk is written to.
func (f family) save(g *guest) *saved {
	f.t.Helper()
	dir := f.t.TempDir()
	s := &saved{family: f, spec: g.spec, state: filepath.Join(dir, "state"), disk: filepath.Join(dir, "disk")}
	ctx := bounded(f.t)
	to := vmm.Frozen{Memory: create(f.t, filepath.Join(dir, "memory"), os.O_RDWR), State: create(f.t, s.state, os.O_WRONLY)}
	if base := g.spec.Restore; base != nil {
		if err := disk.CopySparse(ctx, to.Memory, base.Memory); err != nil {
			f.t.Fatal(err)
		}
	} else if err := to.Memory.Truncate(int64(g.spec.MemoryMiB) << 20); err != nil {
		f.t.Fatal(err)
	}
	busy := f.keepBusy(g)
	err := g.session.Freeze(ctx)
	if err == nil {
		err = g.Pause(ctx)
	}
	if err == nil {
		err = g.Save(ctx, to)
	}
	if err == nil {
		err = disk.Clone(ctx, g.spec.Disks[0].File.Name(), s.disk)
	}
	if err == nil {
		err = g.Resume(ctx)
	}
	if err == nil {
		err = g.session.Thaw()
	}
	if err != nil {
		f.t.Fatalf("save: %v\nlog:\n%s", err, g.spec.Log)
	}
	busy()
	if s.memory, err = memfd.Copy(ctx, "memory", to.Memory); err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { s.memory.Close() })
	s.was = s.sum()
	return s
}

// keepBusy has commands run until the function that it returns is called, which waits for one that began before.
func (f family) keepBusy(g *guest) (stop func()) {
	ctx, cancel := context.WithCancel(bounded(f.t))
	var commands sync.WaitGroup
	for n := range 3 {
		commands.Go(func() {
			for ctx.Err() == nil {
				args := []string{"flood", "256"}
				if n == 0 && g.real() {
					args = []string{"fill", "/dev/vda", fmt.Sprint(diskSize / 2), "4"}
				}
				if out, exit, err := g.probe("", args...); err != nil || exit.Status() != 0 {
					f.t.Errorf("probe %v in a guest that is saved: status %d, %v: %.100s", args, exit.Status(), err, out)
					return
				}
			}
		})
	}
	return func() {
		cancel()
		commands.Wait()
	}
}

// start starts a machine that goes on from s.
func (s *saved) start() *guest {
	s.t.Helper()
	path := filepath.Join(s.t.TempDir(), "disk")
	if err := disk.Clone(bounded(s.t), s.disk, path); err != nil {
		s.t.Fatal(err)
	}
	spec := s.withDisk(s.spec, path)
	spec.Kernel, spec.Initramfs, spec.Console, spec.Log = nil, nil, &Transcript{}, &Transcript{}
	spec.Disks[0].Size = 2 * diskSize
	spec.Restore = &vmm.Frozen{Memory: s.memory, State: open(s.t, s.state, os.O_RDONLY)}
	g := s.subject.start(s.t, spec, guestlink.Reconnect)
	if g.real() {
		eventually(s.t, "the disk to have grown", func() bool {
			return strings.TrimSpace(g.must("", "cat", "/sys/block/vda/size")) == fmt.Sprint(2*diskSize/512)
		})
	}
	return g
}

func (s *saved) sum() string {
	s.t.Helper()
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(s.memory, 0, int64(s.spec.MemoryMiB)<<20)); err != nil {
		s.t.Fatal(err)
	}
	return string(sum.Sum(nil))
}

func create(t testing.TB, path string, mode int) *os.File {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|mode, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}
