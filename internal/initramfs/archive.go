package initramfs

import (
	"fmt"
	"io"
)

// Module is a kernel module, decompressed.
type Module struct {
	Name string // such as virtio_blk
	Data []byte
}

// maxModules is how many modules two digits can put in order.
const maxModules = 100

// Write writes the archive of an agent and of at most 100 modules, in the order in
// which they are to be loaded.
func Write(w io.Writer, agent []byte, modules []Module) error {
	if len(modules) > maxModules {
		return fmt.Errorf("%d modules are more than an initramfs can have (%d)", len(modules), maxModules)
	}
	a := archive{w: w}
	a.add(entry{name: "dev", mode: folder | 0o755})
	a.add(entry{name: "dev/console", mode: device | 0o600, major: 5, minor: 1})
	a.add(entry{name: "init", mode: file | 0o755, data: agent})
	a.add(entry{name: "modules", mode: folder | 0o755})
	for i, m := range modules {
		a.add(entry{name: fmt.Sprintf("modules/%02d-%s.ko", i, m.Name), mode: file | 0o644, data: m.Data})
	}
	a.add(entry{name: "TRAILER!!!"})
	return a.err
}

// File types as in stat(2).
const (
	folder = 0o040000
	device = 0o020000 // character device
	file   = 0o100000
)

type entry struct {
	name         string
	mode         uint32
	major, minor uint32 // of a device
	data         []byte
}

// archive writes newc entries. The cpio library cannot: it has no device numbers.
type archive struct {
	w     io.Writer
	inode uint32
	err   error // the first one
}

func (a *archive) add(e entry) {
	a.inode++
	const root, links, time, noChecksum = 0, 1, 0, 0
	header := "070701"
	for _, field := range []uint32{
		a.inode, e.mode, root, root, links, time, uint32(len(e.data)),
		0, 0, e.major, e.minor, uint32(len(e.name) + 1), noChecksum,
	} {
		header += fmt.Sprintf("%08x", field)
	}
	a.write([]byte(header + e.name + "\x00"))
	a.write(e.data)
}

// write pads to four bytes; header and name are padded together.
func (a *archive) write(b []byte) {
	for _, part := range [][]byte{b, make([]byte, -len(b)&3)} {
		if a.err == nil {
			_, a.err = a.w.Write(part)
		}
	}
}
