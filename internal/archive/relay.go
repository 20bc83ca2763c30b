package archive

import (
	"archive/tar"
	"errors"
	"io"
	"os"
	"path"
)

// Relay passes on what Pack has packed as a tar stream for others, in which the source is called base. It holds nothing that Unpack
// would not write with the same options; what is kept of owners and modes is up to who unpacks it.
func Relay(w io.Writer, r io.Reader, base string, o Options) (Result, error) {
	u := &unpacker{Options: o, buf: make([]byte, chunk)}
	in, out := tar.NewReader(r), tar.NewWriter(w)
	for {
		hdr, err := in.Next()
		if errors.Is(err, io.EOF) {
			return u.Result, out.Close()
		}
		if err == nil {
			err = u.relay(out, hdr, in, base)
		}
		if err != nil {
			return u.Result, torn(err)
		}
	}
}

func (u *unpacker) relay(out *tar.Writer, hdr *tar.Header, content io.Reader, base string) error {
	name, err := u.name(hdr)
	if err != nil {
		return err
	}
	clean := &tar.Header{Typeflag: hdr.Typeflag, Name: path.Join(base, name), ModTime: hdr.ModTime, Uid: os.Getuid(), Gid: os.Getgid()}
	switch hdr.Typeflag {
	case tar.TypeDir:
		clean.Name += "/"
	case tar.TypeSymlink:
		clean.Linkname = hdr.Linkname
	case tar.TypeReg:
		clean.Size = hdr.Size
	default:
		u.LeftOut++
		return nil
	}
	clean.Mode = hdr.Mode & 0o777
	if u.Preserve {
		clean.Mode, clean.Uid, clean.Gid, clean.Format = hdr.Mode&0o7777, hdr.Uid, hdr.Gid, tar.FormatPAX
	}
	u.Files++
	if err := out.WriteHeader(clean); err != nil {
		return failed("pass on", name, err)
	}
	_, err = io.CopyBuffer(justWriter{out}, content, u.buf)
	return err
}
