package archive

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

type packer struct {
	Result
	tar    *tar.Writer
	source string // for errors
	root   *os.Root
	base   string      // what source is called in the stream
	mode   fs.FileMode // of a file, in place of its own; 0: its own
	exact  bool        // times to the nanosecond
	buf    []byte
}

func newPacker(w io.Writer, source, base string, o Options) *packer {
	return &packer{tar: tar.NewWriter(w), source: source, base: base, exact: o.Preserve, buf: make([]byte, chunk)}
}

// Pack writes the file or folder at source to w. Of the options only Preserve counts.
func Pack(w io.Writer, source string, o Options) (Result, error) {
	p := newPacker(w, source, ".", o)
	info, err := os.Stat(source)
	switch {
	case err != nil:
		err = failed("read", source, err)
	case info.IsDir():
		err = p.tree(info)
	default:
		err = p.single()
	}
	if err == nil {
		err = p.tar.Close()
	}
	return p.Result, err
}

// Stat tells what is at source. An error says that it is not there, or cannot be copied.
func Stat(source string) (fs.FileInfo, error) {
	info, err := os.Stat(source)
	if err != nil {
		return nil, failed("copy", source, err)
	}
	if !info.IsDir() && !info.Mode().IsRegular() {
		return nil, failed("copy", source, errors.New("it is neither a file nor a folder"))
	}
	return info, nil
}

func (p *packer) single() error {
	f, err := os.OpenFile(p.source, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe must not make it wait
	if err != nil {
		return failed("read", p.source, err)
	}
	return p.file(".", f)
}

func (p *packer) tree(info fs.FileInfo) (err error) {
	if p.root, err = os.OpenRoot(p.source); err != nil {
		return failed("read", p.source, err)
	}
	defer p.root.Close()
	return p.folder(".", info)
}

func (p *packer) folder(name string, info fs.FileInfo) error {
	hdr := p.header(name, info)
	hdr.Typeflag = tar.TypeDir
	hdr.Name += "/"
	if err := p.begin(name, hdr); err != nil {
		return err
	}
	names, err := p.names(name)
	for _, child := range names {
		if err := p.entry(path.Join(name, child)); err != nil {
			return err
		}
	}
	return err
}

// names lists a folder. One that was deleted meanwhile is empty, and so is one that the kernel makes up, below the source.
func (p *packer) names(folder string) ([]string, error) {
	f, err := p.root.OpenFile(folder, os.O_RDONLY|syscall.O_DIRECTORY|syscall.O_NOFOLLOW, 0)
	var names []string
	if err == nil {
		defer f.Close()
		if folder != "." && madeUp(f) {
			p.LeftOut++
			return nil, nil
		}
		names, err = f.Readdirnames(-1)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, failed("read", p.full(folder), err)
	}
	slices.Sort(names)
	return names, nil
}

// madeUp tells of /proc and /sys, in which files have no end, or cannot be read at all.
func madeUp(folder *os.File) bool {
	var st unix.Statfs_t
	err := unix.Fstatfs(int(folder.Fd()), &st)
	return err == nil && (st.Type == unix.PROC_SUPER_MAGIC || st.Type == unix.SYSFS_MAGIC)
}

func (p *packer) entry(name string) error {
	info, err := p.root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // deleted since its folder was read
	}
	if err != nil {
		return failed("read", p.full(name), err)
	}
	switch info.Mode().Type() {
	case fs.ModeDir:
		return p.folder(name, info)
	case fs.ModeSymlink:
		return p.link(name, info)
	case 0:
		return p.open(name)
	}
	p.LeftOut++
	return nil
}

func (p *packer) link(name string, info fs.FileInfo) error {
	target, err := p.root.Readlink(name)
	if err != nil {
		return failed("read", p.full(name), err)
	}
	hdr := p.header(name, info)
	hdr.Typeflag, hdr.Linkname = tar.TypeSymlink, target
	return p.begin(name, hdr)
}

func (p *packer) open(name string) error {
	f, err := p.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOFOLLOW, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return failed("read", p.full(name), err)
	}
	return p.file(name, f)
}

// header holds what all kinds have. Names of users and groups are left out: the other side has others.
func (p *packer) header(name string, info fs.FileInfo) *tar.Header {
	hdr := &tar.Header{Name: path.Join(p.base, name), ModTime: info.ModTime().Truncate(time.Second), Mode: int64(info.Mode().Perm())}
	if p.exact {
		hdr.ModTime, hdr.Format = info.ModTime(), tar.FormatPAX
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		hdr.Uid, hdr.Gid, hdr.Mode = int(st.Uid), int(st.Gid), int64(st.Mode&0o7777)
	}
	return hdr
}

func (p *packer) begin(name string, hdr *tar.Header) error {
	p.Files++
	if err := p.tar.WriteHeader(hdr); err != nil {
		return fmt.Errorf("pack %q: %w", p.full(name), err)
	}
	return nil
}

// full is a name of the stream as the user knows it.
func (p *packer) full(name string) string { return path.Join(p.source, name) }
