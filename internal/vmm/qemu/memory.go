package qemu

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"banger/internal/vmm"
)

// ram gives QEMU the file that a restored guest's memory is a private copy of, page by page.
func (h *handover) ram(restored *vmm.Frozen) (err error) {
	if h.memory, err = duplicate(restored.Memory); err != nil {
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
