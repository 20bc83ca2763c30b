package doctor

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"banger/internal/machine"
)

func TestLeftovers(t *testing.T) {
	machines := func(b bench, digit byte) string { return b.paths.Machine(id(digit)) }
	for name, c := range map[string]struct {
		path func(b bench) string
		// besideADaemon is whether it is left over while a daemon is at work, too.
		besideADaemon bool
		remedy        string
	}{
		"a machine without a VM":    {func(b bench) string { return machines(b, '9') }, true, "rm -r "},
		"a spare":                   {func(b bench) string { return filepath.Join(machines(b, '9'), machine.SpareFile) }, false, sweeps},
		"a build":                   {func(b bench) string { return filepath.Join(b.paths.Images(), ".build-"+id('9'), "rootfs.ext4") }, false, sweeps},
		"an image without record":   {func(b bench) string { return filepath.Join(b.paths.Images(), id('9'), "rootfs.ext4") }, false, sweeps},
		"half a snapshot":           {func(b bench) string { return filepath.Join(b.paths.Snapshots(), ".new-"+id('9'), "memory") }, false, sweeps},
		"a snapshot without record": {func(b bench) string { return filepath.Join(b.paths.Snapshots(), id('9'), "memory") }, false, sweeps},
		"half a workspace":          {func(b bench) string { return filepath.Join(b.paths.Workspaces(), id('9')+".new", "config") }, false, sweeps},
		"a workspace without a VM":  {func(b bench) string { return filepath.Join(b.paths.Workspaces(), id('9'), "config") }, false, sweeps},
		"half a template":           {func(b bench) string { return filepath.Join(b.paths.Templates(), ".new-"+id('9'), "memory") }, false, sweeps},
		"a maker of templates":      {func(b bench) string { return filepath.Join(b.paths.TemplateMakers(), id('9'), "lock") }, false, sweeps},
		"a capture":                 {func(b bench) string { return filepath.Join(b.paths.Captures(), id('9'), "memory") }, false, sweeps},
		"half a kernel":             {func(b bench) string { return filepath.Join(b.paths.Kernels(), ".debian-cloud.1.tmp", "vmlinux") }, false, "kernel pull"},
		"half an initramfs":         {func(b bench) string { return filepath.Join(b.paths.InitramfsCache(), ".9.tmp") }, false, "remove it"},
		"half a disk":               {func(b bench) string { return filepath.Join(machines(b, '2'), ".work.ext4.9.tmp") }, false, "remove it"},
		"a build's scratch folder":  {func(b bench) string { return filepath.Join(b.root, "var/tmp", "banger-build-"+id('9'), "x") }, true, "sudo rm -rf"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.record()
			b.write(filepath.Join(machines(b, '2'), "work.ext4"), "")
			b.write(filepath.Join(b.paths.Images(), id('1'), "rootfs.ext4"), "")
			b.write(filepath.Join(b.paths.Snapshots(), id('3'), "memory"), "")
			b.write(filepath.Join(b.paths.Workspaces(), id('2'), "config"), "")
			b.want("leftovers", OK, "none")
			b.write(c.path(b), "")
			b.now = func() time.Time { return time.Now().Add(scratchAge + time.Minute) }
			b.want("leftovers", Warn, c.remedy)
			if rows := b.rows("leftovers"); len(rows) != 1 {
				t.Errorf("got %+v, want one row", rows)
			}
			b.lock()
			b.want("leftovers", map[bool]Status{true: Warn, false: OK}[c.besideADaemon])
		})
	}
}

func TestScratchFoldersOfOthersAndOfNowAreNoLeftovers(t *testing.T) {
	b := newBench(t)
	now := filepath.Join(b.root, "dev/shm", "banger-build-"+id('1'))
	b.write(filepath.Join(now, "x"), "")
	b.write(filepath.Join(b.root, "var/tmp", "other", "x"), "")
	b.want("leftovers", OK, "none")
	b.now = func() time.Time { return time.Now().Add(scratchAge + time.Minute) }
	b.want("leftovers", Warn, now)
	b.uid++
	b.want("leftovers", OK, "none")
}

func TestLeftoversOfAHostWithoutADatabase(t *testing.T) {
	b := newBench(t)
	b.write(filepath.Join(b.paths.Machine(id('1')), "work.ext4"), "")
	b.want("leftovers", Warn, "no VM owns "+b.paths.Machine(id('1')))
	b.listen(b.paths.MachineRun(id('1'))+".sock", true)
	b.want("leftovers", Warn, "no VM owns "+b.paths.Machine(id('1')), "a machine runs", fmt.Sprintf("kill %d", os.Getpid()))
	must(t, os.RemoveAll(b.paths.VMs()))
	b.want("leftovers", OK, "none")
}
