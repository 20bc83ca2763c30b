package kernel

import (
	"archive/tar"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"banger/internal/problem"
)

// maxTree bounds all that is unpacked or copied for one kernel. Debian's largest has 400 MB.
const maxTree = 4 << 30

var errTooMuch = problem.New(problem.Invalid, "it has more than %d GiB or %d files", maxTree>>30, maxModules)

// untar unpacks the regular files of an archive that a kernel is made of into root.
// Links are left out: no kernel needs one.
func untar(r io.Reader, root *os.Root) error {
	archive := tar.NewReader(r)
	room := int64(maxTree)
	for files := 0; ; files++ {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			_, err := io.Copy(io.Discard, r)
			return err
		}
		if err != nil {
			return problem.New(problem.Invalid, "it has no proper archive inside: %w", err)
		}
		name := strings.TrimPrefix(h.Name, "./")
		if h.Typeflag != tar.TypeReg || !wanted(name) {
			continue
		}
		if !fs.ValidPath(name) {
			return problem.New(problem.Invalid, "it has a file with the improper name %q", h.Name)
		}
		name = strings.TrimPrefix(name, "usr/")
		if room -= h.Size; room < 0 || files > maxModules {
			return errTooMuch
		}
		if err := place(root, name, archive); err != nil {
			return err
		}
	}
}

// wanted tells which files a kernel is made of. Newer packages have modules in
// /usr/lib/modules, all others in /lib/modules.
func wanted(name string) bool {
	for _, prefix := range []string{"boot/vmlinu", "boot/config-", "lib/modules/", "usr/lib/modules/"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// place writes a file, and the folders above it, into root.
func place(root *os.Root, name string, r io.Reader) error {
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Close())
}
