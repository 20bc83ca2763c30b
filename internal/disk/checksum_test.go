package disk

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// Wherever the holes of two files with the same bytes are, their checksums are equal; one byte makes them differ.
func TestChecksum(t *testing.T) {
	const size = 5<<20 + 123
	content := make([]byte, size)
	for _, at := range []int{0, 4095, 1<<20 - 1, 3 << 20, 4<<20 + 4000, size - 1} {
		content[at] = 7
	}
	sumOf := func(write func(*os.File) error) string {
		f, err := os.Create(filepath.Join(t.TempDir(), "f"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := write(f); err != nil {
			t.Fatal(err)
		}
		sum, err := Checksum(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	dense := sumOf(func(f *os.File) error { _, err := f.Write(content); return err })
	sparse := sumOf(func(f *os.File) error {
		from, err := os.CreateTemp(t.TempDir(), "")
		if err != nil {
			return err
		}
		defer from.Close()
		if _, err := from.Write(content); err != nil {
			return err
		}
		return CopySparse(t.Context(), f, from)
	})
	if dense != sparse {
		t.Errorf("dense %s, sparse %s", dense, sparse)
	}
	for _, at := range []int{0, 5000, 2 << 20, size - 1} {
		changed := bytes.Clone(content)
		changed[at] ^= 1
		if sumOf(func(f *os.File) error { _, err := f.Write(changed); return err }) == dense {
			t.Errorf("a changed byte at %d does not show", at)
		}
	}
	if sumOf(func(f *os.File) error { return f.Truncate(size) }) == sumOf(func(f *os.File) error { return f.Truncate(size + 1) }) {
		t.Error("another size does not show")
	}
}
