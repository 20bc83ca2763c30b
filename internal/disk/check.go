package disk

import (
	"archive/tar"
	"errors"
	"io"
	"slices"
	"strings"

	"banger/internal/problem"
)

const (
	// maxEntries keeps the library's memory (about 500 bytes an entry) and its
	// 32-bit arithmetic within bounds.
	maxEntries = 2 << 20
	// maxTarget is the longest symbolic link that Linux follows (PATH_MAX less the final NUL).
	maxTarget = 4095
)

// check reads an archive to its end and tells what is wrong with it, as far as
// the names, types and sizes in it go.
func check(r io.Reader, maxBytes int64) error {
	archive := tar.NewReader(r)
	room := maxBytes
	for entries := 0; ; entries++ {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			if entries == 0 {
				return problem.New(problem.Invalid, "the archive is empty")
			}
			return nil
		}
		if err != nil {
			return err
		}
		if entries == maxEntries {
			return problem.New(problem.Exhausted, "the archive has more than %d files", maxEntries)
		}
		if err := checkEntry(h); err != nil {
			return err
		}
		// Sizes count as declared: a few bytes of archive can stand for terabytes of zeroes.
		if room -= h.Size; room < 0 {
			return errLimit
		}
	}
}

func checkEntry(h *tar.Header) error {
	switch h.Typeflag {
	case tar.TypeReg, tar.TypeGNUSparse, tar.TypeDir, tar.TypeFifo, tar.TypeChar, tar.TypeBlock:
	case tar.TypeSymlink:
		if len(h.Linkname) == 0 || len(h.Linkname) > maxTarget {
			return problem.New(problem.Invalid, "the archive has a symbolic link without a usable target: %q", h.Name)
		}
	case tar.TypeLink:
		if climbs(h.Linkname) {
			return problem.New(problem.Invalid, "the archive has a hard link that leads outside of it: %q", h.Linkname)
		}
	default:
		return problem.New(problem.Invalid, "the archive has an entry of the unknown type %q: %q", h.Typeflag, h.Name)
	}
	if climbs(h.Name) {
		return problem.New(problem.Invalid, "the archive has a name that leads outside of it: %q", h.Name)
	}
	return nil
}

func climbs(name string) bool {
	return slices.Contains(strings.Split(name, "/"), "..")
}
