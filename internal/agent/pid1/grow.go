package pid1

import (
	"encoding/binary"
	"fmt"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// resizeFS is EXT4_IOC_RESIZE_FS, _IOW('f', 16, __u64): grow a mounted ext4 to a number of blocks.
const resizeFS = 0x40086610

// grow grows the ext4 file system of dev, mounted at target, to the size of dev; it is never shrunk.
func grow(dev, target string) error {
	f, err := os.Open(dev)
	if err != nil {
		return err
	}
	defer f.Close()
	root, err := os.Open(target)
	if err != nil {
		return err
	}
	defer root.Close()
	have, blockSize, err := ext4Size(f)
	if err != nil {
		return fmt.Errorf("read the superblock of %s: %w", dev, err)
	}
	var size uint64
	if err := ioctl(f, unix.BLKGETSIZE64, unsafe.Pointer(&size)); err != nil {
		return fmt.Errorf("size of %s: %w", dev, err)
	}
	want := size / blockSize
	if want <= have {
		return nil
	}
	if err := ioctl(root, resizeFS, unsafe.Pointer(&want)); err != nil {
		return fmt.Errorf("grow the file system on %s from %d to %d blocks: %w", dev, have, want, err)
	}
	return nil
}

// resizePatience bounds the wait for a disk to have the size that the host has given it: the kernel hears of it by an interrupt.
const resizePatience = 10 * time.Second

// growDisks grows file systems to disks that the host makes larger while the guest runs.
func (m *machine) growDisks(sizes map[string]int64) error {
	for _, v := range m.writable {
		want, ok := sizes[v.serial]
		if !ok {
			continue
		}
		if err := awaitSize(v.dev, uint64(want)); err != nil {
			return fmt.Errorf("wait for the %s disk to have %d bytes: %w", v.serial, want, err)
		}
		if err := grow(v.dev, v.path()); err != nil {
			return err
		}
	}
	return nil
}

// awaitSize waits until a block device has a size.
func awaitSize(dev string, want uint64) error {
	events, err := newUevents() // before the first look
	if err != nil {
		return err
	}
	defer events.close()
	f, err := os.Open(dev)
	if err != nil {
		return err
	}
	defer f.Close()
	for deadline := time.Now().Add(resizePatience); ; {
		var size uint64
		if err := ioctl(f, unix.BLKGETSIZE64, unsafe.Pointer(&size)); err != nil || size >= want {
			return err
		}
		if err := events.wait(time.Until(deadline)); err != nil {
			return err
		}
	}
}

// ext4Size reads blocks and bytes per block from the superblock: s_blocks_count_lo and _hi, s_log_block_size, s_feature_incompat
// (https://docs.kernel.org/filesystems/ext4/super.html).
func ext4Size(dev *os.File) (blocks, blockSize uint64, err error) {
	var sb [1024]byte
	if _, err := dev.ReadAt(sb[:], 1024); err != nil {
		return 0, 0, err
	}
	word := func(at int) uint64 { return uint64(binary.LittleEndian.Uint32(sb[at:])) }
	const wide = 0x80 // INCOMPAT_64BIT
	blocks = word(0x4)
	if word(0x60)&wide != 0 {
		blocks |= word(0x150) << 32
	}
	if word(0x18) > 6 {
		return 0, 0, fmt.Errorf("impossible block size")
	}
	return blocks, 1024 << word(0x18), nil
}

// ioctl calls ioctl(2) with a pointer argument.
func ioctl(f *os.File, request uintptr, arg unsafe.Pointer) error {
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, f.Fd(), request, uintptr(arg)); errno != 0 {
		return errno
	}
	return nil
}
