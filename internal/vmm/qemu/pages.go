package qemu

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"syscall"
)

const pageSize = 4096

// ram is how a guest's memory is told among a process's mappings: it is of a file, or, without one, the
// anonymous one of that size in bytes. (QEMU asks for huge pages there, and so the kernel never joins it with a neighbour.)
type ram struct {
	base *os.File
	size uint64
}

// saveOwnPages writes those pages of a process's guest memory that are not its base's any more to the same
// place in to. The process must stand still.
func saveOwnPages(ctx context.Context, pid int, r ram, to *os.File) error {
	found, err := r.find(pid)
	if err != nil {
		return err
	}
	pagemap, err := os.Open(fmt.Sprintf("/proc/%d/pagemap", pid))
	if err != nil {
		return err
	}
	defer pagemap.Close()
	memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		return err
	}
	defer memory.Close()
	c := copier{memory: memory, to: to, buffer: make([]byte, 1<<20)}
	return c.mapping(ctx, pagemap, found)
}

// mapping is a stretch of a process's memory.
type mapping struct{ start, end uint64 }

// find finds the mapping in /proc/PID/maps (proc_pid_maps(5)).
func (r ram) find(pid int) (mapping, error) {
	var wanted uint64 // inode
	if r.base != nil {
		info, err := r.base.Stat()
		if err != nil {
			return mapping{}, err
		}
		wanted = info.Sys().(*syscall.Stat_t).Ino
	}
	f, err := os.Open(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return mapping{}, err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var m mapping
		var mode, offset, device string
		var inode uint64
		n, _ := fmt.Sscanf(lines.Text(), "%x-%x %s %s %s %d", &m.start, &m.end, &mode, &offset, &device, &inode)
		if n == 6 && mode == "rw-p" && inode == wanted && m.end-m.start == r.size {
			return m, nil
		}
	}
	return mapping{}, fmt.Errorf("process %d has no memory of a guest with %d MiB", pid, r.size>>20)
}

// copier copies pages.
type copier struct {
	memory, to *os.File
	buffer     []byte
}

// Bits of a page's entry in /proc/PID/pagemap (Documentation/admin-guide/mm/pagemap.rst).
const (
	pageFile    = 1 << 61 // it is the file's, or shared
	pageSwapped = 1 << 62
	pagePresent = 1 << 63
)

func own(entry uint64) bool {
	return entry&pageSwapped != 0 || entry&pagePresent != 0 && entry&pageFile == 0
}

func (c copier) mapping(ctx context.Context, pagemap *os.File, m mapping) error {
	const entries = 1 << 15
	raw := make([]byte, 8*entries)
	for at := m.start; at < m.end; at += entries * pageSize {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		part := raw[:8*min(entries, (m.end-at)/pageSize)]
		if _, err := pagemap.ReadAt(part, int64(at/pageSize*8)); err != nil {
			return fmt.Errorf("read which pages are the guest's: %w", err)
		}
		if err := c.runs(part, at, int64(at-m.start)); err != nil {
			return err
		}
	}
	return nil
}

// runs copies each run of own pages among those whose entries are given.
func (c copier) runs(entries []byte, address uint64, offset int64) error {
	first := -1 // of the run that has begun
	for i := 0; i <= len(entries)/8; i++ {
		isOwn := i < len(entries)/8 && own(binary.NativeEndian.Uint64(entries[8*i:]))
		switch {
		case isOwn && first < 0:
			first = i
		case !isOwn && first >= 0:
			start := uint64(first) * pageSize
			if err := c.run(address+start, offset+int64(start), int64(i-first)*pageSize); err != nil {
				return err
			}
			first = -1
		}
	}
	return nil
}

func (c copier) run(address uint64, offset, length int64) error {
	from := io.NewSectionReader(c.memory, int64(address), length)
	for done := int64(0); done < length; {
		part := c.buffer[:min(int64(len(c.buffer)), length-done)]
		if _, err := io.ReadFull(from, part); err != nil {
			return fmt.Errorf("read the guest's memory: %w", err)
		}
		if err := c.write(part, offset+done); err != nil {
			return err
		}
		done += int64(len(part))
	}
	return nil
}

var zeroes = make([]byte, 1<<20)

// write leaves out what is zero and was so before: a guest has many such pages, and holes cost nothing.
func (c copier) write(part []byte, offset int64) error {
	if bytes.Equal(part, zeroes[:len(part)]) {
		was := make([]byte, len(part))
		if _, err := c.to.ReadAt(was, offset); err == nil && bytes.Equal(was, part) {
			return nil
		}
	}
	_, err := c.to.WriteAt(part, offset)
	return err
}
