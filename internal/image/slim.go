package image

import (
	"archive/tar"
	"errors"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
	"time"
)

// slim copies the archive of a root file system and leaves out what no guest
// needs. The files in own, by name without a leading slash, are written with that content instead of
// the one they have, or in addition.
func slim(dst io.Writer, src io.Reader, own map[string]string) error {
	in, out := tar.NewReader(src), tar.NewWriter(dst)
	for entries := 0; ; entries++ {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			if entries == 0 {
				return errors.New("mmdebstrap wrote no archive")
			}
			break
		}
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(path.Clean("/"+h.Name), "/")
		if _, mine := own[name]; mine || unneeded(name, h.Typeflag == tar.TypeDir) {
			continue
		}
		if err := copyEntry(out, in, h); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(own)) {
		h := &tar.Header{Name: name, Mode: 0o644, Size: int64(len(own[name])), ModTime: time.Now()}
		if err := copyEntry(out, strings.NewReader(own[name]), h); err != nil {
			return err
		}
	}
	return out.Close()
}

func copyEntry(out *tar.Writer, body io.Reader, h *tar.Header) error {
	if err := out.WriteHeader(h); err != nil {
		return err
	}
	_, err := io.Copy(out, body)
	return err
}

// unneededFiles are patterns as of path.Match for files that go; their folders stay.
var unneededFiles = []string{
	"etc/apt/apt.conf.d/99mmdebstrap", "etc/dpkg/dpkg.cfg.d/99mmdebstrap", // settings of the build itself
	"etc/passwd-", "etc/group-", "etc/shadow-", "etc/gshadow-", "etc/subuid-", "etc/subgid-",
	"etc/ssh/ssh_host_*", // one key for every guest would be nobody's key
	"var/lib/dpkg/*-old", "var/cache/debconf/*-old", "var/lib/apt/lists/*", "var/cache/apt/*", "var/cache/apt/archives/*",
	"var/log/*", "var/log/apt/*",
}

// unneededTrees are folders of which nothing below stays.
var unneededTrees = []string{
	"dev/", "usr/share/man/", "usr/share/info/", "usr/share/locale/", "usr/share/lintian/",
}

// unneeded reports whether a guest can do without: documentation (copyright files
// stay, as licences want it), message catalogues, caches, traces of the build.
func unneeded(name string, folder bool) bool {
	below := func(tree string) bool { return strings.HasPrefix(name, tree) }
	if slices.ContainsFunc(unneededTrees, below) {
		return true
	}
	if folder {
		return false
	}
	if below("usr/share/doc/") {
		return path.Base(name) != "copyright"
	}
	return slices.ContainsFunc(unneededFiles, func(pattern string) bool {
		match, _ := path.Match(pattern, name) // the patterns are constant and well formed
		return match
	})
}
