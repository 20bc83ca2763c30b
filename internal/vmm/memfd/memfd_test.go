package memfd

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// source is a sparse file of 64 MiB with a page of data in it.
func source(t *testing.T) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "source"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if err := f.Truncate(64 << 20); err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(bytes.Repeat([]byte("x"), 4096), 32<<20); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestCopyHasTheDataAndTheHoles(t *testing.T) {
	from := source(t)
	f, err := Copy(t.Context(), "test", from)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil || st.Size != 64<<20 || st.Blocks*512 > 64<<10 {
		t.Errorf("size %d, %d bytes in memory, %v", st.Size, st.Blocks*512, err)
	}
	want, _ := io.ReadAll(io.NewSectionReader(from, 0, 64<<20))
	got, err := io.ReadAll(io.NewSectionReader(f, 0, 64<<20))
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("the copy differs: %v", err)
	}
}

// Neither by the descriptor nor opened anew through /proc can it be changed.
func TestNobodyCanChangeIt(t *testing.T) {
	f, err := Zero("test", 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	again, err := os.OpenFile(fmt.Sprintf("/proc/self/fd/%d", f.Fd()), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	for _, file := range []*os.File{f, again} {
		if _, err := file.WriteAt([]byte("x"), 0); err == nil {
			t.Error("it was written to")
		}
		if err := file.Truncate(0); err == nil {
			t.Error("it was shortened")
		}
		if _, err := unix.Mmap(int(file.Fd()), 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); err == nil {
			t.Error("it was mapped for shared writing")
		}
		if err := unix.Fallocate(int(file.Fd()), unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, 0, 4096); err == nil {
			t.Error("a hole was punched")
		}
	}
	own, err := unix.Mmap(int(again.Fd()), 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	own[0] = 'x'
	unix.Munmap(own)
	var b [1]byte
	if _, err := f.ReadAt(b[:], 0); err != nil || b[0] != 0 {
		t.Errorf("a private mapping's write went through: %q, %v", b, err)
	}
}
