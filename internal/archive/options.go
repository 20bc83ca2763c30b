package archive

import (
	"archive/tar"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Options say what of the source's attributes is kept and how far the source is trusted.
type Options struct {
	Preserve bool // modes and times
	Owners   bool // with Preserve: owners, by number, and the setuid, setgid and sticky bits
	Trusted  bool // the stream is not an enemy's
}

// Result counts what was copied.
type Result struct {
	Files   int // and folders and links
	LeftOut int // devices, pipes, sockets, and what the kernel makes up
}

// special are the mode bits beside the permissions.
const special = fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky

// mode is what of an entry's mode is kept.
func (o Options) mode(hdr *tar.Header) fs.FileMode {
	mode := hdr.FileInfo().Mode()
	if o.Preserve && o.Owners {
		return mode & (fs.ModePerm | special)
	}
	return mode.Perm()
}

// failed says what was tried with a name, which may be an enemy's: it is quoted. Of err, the cause is
// kept and the name of a system call is not.
func failed(verb, name string, err error) error {
	if source, ok := errors.AsType[sourceError](err); ok {
		return source.error
	}
	if call, ok := errors.AsType[*fs.PathError](err); ok {
		err = call.Err
	} else if call, ok := errors.AsType[*os.LinkError](err); ok {
		err = call.Err
	}
	return fmt.Errorf("%s %q: %w", verb, name, err)
}
