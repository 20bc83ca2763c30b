package pid1

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestExt4Size(t *testing.T) {
	for _, tc := range []struct {
		args              []string
		blocks, blockSize uint64
	}{
		{[]string{"-b", "4096"}, 16 << 10, 4096},
		{[]string{"-b", "1024"}, 64 << 10, 1024},
		{[]string{"-b", "4096", "-O", "64bit"}, 16 << 10, 4096},
		{[]string{"-b", "4096", "-O", "^64bit"}, 16 << 10, 4096},
	} {
		path := filepath.Join(t.TempDir(), "disk")
		args := append([]string{"-q", "-F", "-t", "ext4"}, tc.args...)
		if out, err := exec.Command("mke2fs", append(args, path, "64M")...).CombinedOutput(); err != nil {
			t.Fatalf("mke2fs: %v: %s", err, out)
		}
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if blocks, size, err := ext4Size(f); err != nil || blocks != tc.blocks || size != tc.blockSize {
			t.Errorf("%v: got %d blocks of %d, %v", tc.args, blocks, size, err)
		}
	}
}

func FuzzExt4Size(f *testing.F) {
	f.Add(make([]byte, 1024))
	f.Add([]byte{})
	path := filepath.Join(f.TempDir(), "disk")
	f.Fuzz(func(t *testing.T, superblock []byte) {
		if err := os.WriteFile(path, append(make([]byte, 1024), superblock...), 0o600); err != nil {
			t.Fatal(err)
		}
		disk, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer disk.Close()
		if _, size, err := ext4Size(disk); err == nil && (size < 1024 || size > 65536) {
			t.Errorf("block size %d", size)
		}
	})
}
