package archive

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// maxName bounds the name of an entry, in bytes. It is the kernel's PATH_MAX.
const maxName = 4096

// unpacker writes entries in a folder.
type unpacker struct {
	Result
	Options
	root    *os.Root
	reached string   // the folder whose way was looked at last
	open    []folder // those above the entry at hand, and itself
	buf     []byte
}

// Unpack writes at target what Pack has packed: a folder if dir is set, else a file. Target gives a fit one.
func Unpack(r io.Reader, target string, dir bool, o Options) (Result, error) {
	stream := tar.NewReader(r)
	hdr, err := stream.Next()
	if err != nil {
		return Result{}, torn(err)
	}
	if path.Clean(hdr.Name) != "." || (hdr.Typeflag == tar.TypeDir) != dir || !dir && hdr.Typeflag != tar.TypeReg {
		return Result{}, errors.New("the other side sends something else than it said")
	}
	if !dir {
		return unpackFile(stream, hdr, target, o)
	}
	made, err := mkdir(target, o.mode(hdr))
	if err != nil {
		return Result{}, failed("make the folder", target, err)
	}
	return unpack(stream, target, o, folder{name: ".", hdr: hdr, made: made})
}

// UnpackInto writes any tar stream into the folder dir.
func UnpackInto(r io.Reader, dir string, o Options) (Result, error) {
	return unpack(tar.NewReader(r), dir, o)
}

func unpackFile(stream *tar.Reader, hdr *tar.Header, target string, o Options) (Result, error) {
	root, err := os.OpenRoot(filepath.Dir(target))
	if err != nil {
		return Result{}, failed("open the folder", filepath.Dir(target), err)
	}
	defer root.Close()
	u := &unpacker{Options: o, root: root, buf: make([]byte, chunk)}
	err = u.file(filepath.Base(target), hdr, stream)
	return u.Result, err
}

func unpack(stream *tar.Reader, dir string, o Options, begun ...folder) (Result, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return Result{}, failed("open the folder", dir, err)
	}
	defer root.Close()
	u := &unpacker{Options: o, root: root, reached: ".", open: begun, buf: make([]byte, chunk)}
	u.Files = len(begun)
	for {
		hdr, err := stream.Next()
		if errors.Is(err, io.EOF) {
			return u.Result, u.leave("")
		}
		if err == nil {
			err = u.entry(hdr, stream)
		}
		if err != nil {
			return u.Result, torn(err)
		}
	}
}

// torn explains what is no tar stream, or not all of one.
func torn(err error) error {
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the tar stream ends too early: %w", io.ErrUnexpectedEOF)
	case errors.Is(err, tar.ErrHeader):
		return errors.New("this is no tar stream")
	}
	return err
}

func (u *unpacker) entry(hdr *tar.Header, content io.Reader) error {
	if hdr.Typeflag == tar.TypeXGlobalHeader {
		return nil
	}
	name, err := u.name(hdr)
	if err != nil {
		return err
	}
	if err := u.leave(name); err != nil {
		return err
	}
	if name == "." {
		u.open = append(u.open, folder{name: name, hdr: hdr})
		return nil
	}
	if err := u.reach(path.Dir(name)); err != nil {
		return err
	}
	switch hdr.Typeflag {
	case tar.TypeDir:
		return u.folder(name, hdr)
	case tar.TypeReg, tar.TypeGNUSparse:
		return u.file(name, hdr, content)
	case tar.TypeSymlink:
		return u.link(name, hdr, u.root.Symlink)
	case tar.TypeLink:
		if u.Trusted {
			return u.link(name, hdr, u.root.Link)
		}
	}
	u.LeftOut++
	return nil
}

// name is where an entry goes. Its size is what an enemy must send, and not what a few bytes can claim (a sparse file of tar's).
func (u *unpacker) name(hdr *tar.Header) (string, error) {
	name := path.Clean(hdr.Name)
	var err error
	switch {
	case len(name) > maxName || !filepath.IsLocal(name):
		err = errors.New("the name leads out of the folder")
	case !u.Trusted && (hdr.Typeflag == tar.TypeGNUSparse || hasSparseMap(hdr)):
		err = errors.New("it comes in a form that no agent of banger's sends")
	}
	if err != nil {
		return "", failed("write", name[:min(len(name), maxName)], err)
	}
	return name, nil
}

func hasSparseMap(hdr *tar.Header) bool {
	for key := range hdr.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return false
}

// reach makes the folders on the way to dir that are missing, and refuses a way that is not made of folders.
func (u *unpacker) reach(dir string) error {
	if dir == u.reached || dir == "." {
		return nil
	}
	way := ""
	for step := range strings.SplitSeq(dir, "/") {
		way = path.Join(way, step)
		info, err := u.look(way)
		if errors.Is(err, fs.ErrNotExist) {
			err = u.root.Mkdir(way, fs.ModePerm)
		} else if err == nil && !info.IsDir() {
			err = errors.New("it is no folder, and something in it is to be written")
		}
		if err != nil {
			return failed("write", way, err)
		}
	}
	u.reached = dir
	return nil
}

// look tells what is on the way to an entry. Links are followed only for those who are trusted, and only inside the root.
func (u *unpacker) look(name string) (fs.FileInfo, error) {
	if u.Trusted {
		return u.root.Stat(name)
	}
	return u.root.Lstat(name)
}
