package server

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	"banger/internal/problem"
	"banger/internal/shim"
	"banger/internal/vmm"
)

// openSpec opens everything that the engine gets as descriptors. The caller calls
// the returned function when the engine has made its own copies.
func openSpec(l shim.Launch, console, log io.Writer) (spec vmm.Spec, closeAll func(), err error) {
	var opened files
	defer func() {
		if err != nil {
			opened.close()
		}
	}()
	spec = vmm.Spec{
		Name: l.Name, VCPUs: l.VCPUs, MemoryMiB: l.MemoryMiB,
		Console: console, Log: log,
	}
	if l.State != "" {
		spec.Restore = &vmm.Frozen{Memory: os.NewFile(shim.MemoryFD, "memory"), State: opened.open("saved state", l.State, os.O_RDONLY)}
	} else {
		spec.Kernel = opened.open("kernel", l.Kernel, os.O_RDONLY)
		spec.Initramfs = opened.open("initramfs", l.Initramfs, os.O_RDONLY)
	}
	for _, d := range l.Disks {
		flag := os.O_RDWR
		if d.ReadOnly {
			flag = os.O_RDONLY
		}
		file := opened.open(d.Serial+" disk", d.Path, flag)
		spec.Disks = append(spec.Disks, vmm.Disk{Serial: d.Serial, File: file, ReadOnly: d.ReadOnly, Size: d.Size})
	}
	if l.UID != 0 {
		spec.Credential = &syscall.Credential{Uid: l.UID, Gid: l.UID}
	}
	return spec, opened.close, opened.err
}

// files collects open files and the first error.
type files struct {
	list []*os.File
	err  error
}

func (fs *files) open(what, path string, flag int) *os.File {
	if fs.err != nil {
		return nil
	}
	f, err := os.OpenFile(path, flag|syscall.O_NOFOLLOW, 0)
	if err != nil {
		fs.err = openProblem(what, path, err)
		return nil
	}
	fs.list = append(fs.list, f)
	return f
}

func (fs *files) close() {
	for _, f := range fs.list {
		f.Close()
	}
}

func openProblem(what, path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return problem.New(problem.Damaged, "the machine's %s is missing: %s", what, path).
			WithRemedy("banger doctor names what is damaged and how to make it anew")
	}
	return fmt.Errorf("open the machine's %s: %w", what, err)
}
