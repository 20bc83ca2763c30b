package agent_test

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"banger/internal/guestlink"
	"banger/internal/tree"
)

// manyFiles are 10,000 and 200 MB.
func manyFiles() []file {
	content := make([]byte, 20_000)
	for i := range content {
		content[i] = byte(i*i>>3) | 1
	}
	files := make([]file, 10_000)
	for i := range files {
		f := plainFile(fmt.Sprintf("d%02d/e%d/f%d", i/500, i/50%10, i), string(content))
		f.Time = 1_700_000_000_000_000_000
		files[i] = f
	}
	return files
}

// BenchmarkTreePut is what BenchmarkTar does with GNU tar through the same link.
func BenchmarkTreePut(b *testing.B) {
	files := manyFiles()
	s := newSpace(b)
	for b.Loop() {
		s.put(b, "base", files...)
		b.StopTimer()
		if err := os.RemoveAll(s.path); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

func BenchmarkTar(b *testing.B) {
	files := manyFiles()
	s := newSpace(b)
	for b.Loop() {
		if err := os.MkdirAll(s.path, 0o755); err != nil {
			b.Fatal(err)
		}
		in, out := io.Pipe()
		go func() { out.CloseWithError(pack(out, files)) }()
		x := guestlink.Exec{Args: []string{"tar", "x"}, Dir: s.path}
		if exit, err := s.run(b, x, guestlink.IO{Stdin: in}); err != nil || exit.Status() != 0 {
			b.Fatal(exit, err)
		}
		b.StopTimer()
		if err := os.RemoveAll(s.path); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

func pack(w io.Writer, files []file) error {
	out := tar.NewWriter(w)
	for _, f := range files {
		if err := out.WriteHeader(&tar.Header{Name: f.Path, Mode: int64(f.Mode & 0o777), Size: f.Size}); err != nil {
			return err
		}
		if _, err := io.WriteString(out, f.content); err != nil {
			return err
		}
	}
	return out.Close()
}

// BenchmarkNothingChanged asks what has become of them when nothing has.
func BenchmarkNothingChanged(b *testing.B) {
	s := newSpace(b)
	s.put(b, "base", manyFiles()...)
	for b.Loop() {
		if _, found := s.changes(b); len(found) > 0 {
			b.Fatal(len(found))
		}
	}
}

// BenchmarkWalked is with one file more, and without git.
func BenchmarkWalked(b *testing.B) {
	s := newSpace(b)
	s.put(b, "base", manyFiles()...)
	if err := errors.Join(os.WriteFile(filepath.Join(s.path, "new"), nil, 0o644)); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, found := s.changes(b); len(found) != 1 || found["new"].Mode != tree.File {
			b.Fatal(len(found))
		}
	}
}
