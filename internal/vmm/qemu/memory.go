package qemu

import (
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"banger/internal/vmm"
	"banger/internal/vmm/memfd"
)

// ram gives QEMU the file that the guest's memory is a private copy of, page by page: that of a saved
// machine, else an empty one. It is the same way for both, so that any machine can be saved and its
// own pages told by their not being the file's.
func (h *handover) ram(s vmm.Spec) (err error) {
	if s.Restore != nil {
		h.memory, err = duplicate(s.Restore.Memory)
	} else {
		h.memory, err = memfd.Zero("memory", int64(s.MemoryMiB)<<20)
	}
	if err != nil {
		return fmt.Errorf("hand the guest's memory to QEMU: %w", err)
	}
	h.plan.memory = h.give(h.memory)
	return nil
}

func duplicate(f *os.File) (*os.File, error) {
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("dup", err)
	}
	return os.NewFile(uintptr(fd), f.Name()), nil
}

// inode tells which file a mapping is of.
func inode(f *os.File) (uint64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Sys().(*syscall.Stat_t).Ino, nil
}
