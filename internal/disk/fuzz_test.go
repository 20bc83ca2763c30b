package disk

import (
	"archive/tar"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// An archive is whatever a repository or a registry sent: it may be refused, but
// must not panic, exceed its limit or leave anything.
func FuzzFromTar(f *testing.F) {
	f.Add(seed(f, &tar.Header{Name: "a/", Typeflag: tar.TypeDir}, &tar.Header{Name: "a/b"}, &tar.Header{Name: "a", Typeflag: tar.TypeDir}))
	f.Add(seed(f, &tar.Header{Name: "a", PAXRecords: map[string]string{"SCHILY.xattr.user.x": strings.Repeat("v", 300)}},
		&tar.Header{Name: "l", Typeflag: tar.TypeLink, Linkname: "a"}, &tar.Header{Name: "l", Typeflag: tar.TypeSymlink, Linkname: strings.Repeat("y", 99)}))
	f.Add(seed(f, &tar.Header{Name: "lost+found", Typeflag: tar.TypeChar, Devmajor: 1 << 20}, &tar.Header{Name: "/", Typeflag: tar.TypeLink, Linkname: "/"}))
	f.Fuzz(func(t *testing.T, in []byte) {
		const limit = 1 << 20
		dir := t.TempDir()
		path := filepath.Join(dir, "d")
		if err := FromTar(t.Context(), bytes.NewReader(in), path, limit); err != nil {
			onlyFiles(t, dir)
			return
		}
		onlyFiles(t, dir, "d")
		if info, err := os.Stat(path); err != nil || info.Size() > limit {
			t.Errorf("made %v bytes (%v), the limit is %d", info.Size(), err, limit)
		}
	})
}

func seed(f *testing.F, headers ...*tar.Header) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range headers {
		h.Mode = 0o755
		if err := w.WriteHeader(h); err != nil {
			f.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		f.Fatal(err)
	}
	return b.Bytes()
}
