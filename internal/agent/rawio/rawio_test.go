package rawio

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// pipe is a pipe whose ends are raw.
func pipe(t *testing.T) (r, w *File) {
	t.Helper()
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if r, err = NewFile(in); err != nil {
		t.Fatal(err)
	}
	if w, err = NewFile(out); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	return r, w
}

func TestBytesPassWhole(t *testing.T) {
	r, w := pipe(t)
	want := bytes.Repeat([]byte("0123456789"), 100_000)
	result := make(chan error, 1)
	go func() {
		n, err := w.Write(want) // far more than a pipe holds: it waits
		if n != len(want) {
			t.Errorf("wrote %d bytes", n)
		}
		result <- errors.Join(err, w.Close())
	}()
	got := make([]byte, len(want))
	if n, err := io.ReadFull(r, got); err != nil || !bytes.Equal(got, want) {
		t.Errorf("read %d bytes, %v", n, err)
	}
	if err := <-result; err != nil {
		t.Error(err)
	}
}

func TestCloseEndsARead(t *testing.T) {
	r, _ := pipe(t)
	result := make(chan error, 1)
	go func() {
		_, err := r.Read(make([]byte, 1))
		result <- err
	}()
	time.Sleep(10 * time.Millisecond) // most runs find it waiting; both orders must work
	r.Close()
	if err := <-result; err == nil || err == io.EOF {
		t.Errorf("got %v", err)
	}
}

// A port that nobody has connected to yet reads as empty, as a fifo without a writer does.
func TestReadWaitsForAHost(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewFile(file)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	type result struct {
		text string
		err  error
	}
	results := make(chan result, 1)
	go func() {
		got := make([]byte, 5)
		_, err := io.ReadFull(r, got)
		results <- result{string(got), err}
	}()
	select {
	case got := <-results:
		t.Fatalf("read %q, %v from nobody", got.text, got.err)
	case <-time.After(50 * time.Millisecond):
	}
	if err := os.WriteFile(path, []byte("hello"), 0); err != nil {
		t.Fatal(err)
	}
	if got := <-results; got.text != "hello" || got.err != nil {
		t.Errorf("read %q, %v", got.text, got.err)
	}
}

func TestWriteWithoutReader(t *testing.T) {
	r, w := pipe(t)
	r.Close()
	if _, err := w.Write([]byte("x")); !errors.Is(err, unix.EPIPE) {
		t.Errorf("got %v", err)
	}
}

func TestEmptyBuffers(t *testing.T) {
	r, w := pipe(t)
	if n, err := w.Write(nil); n != 0 || err != nil {
		t.Errorf("write: %d, %v", n, err)
	}
	if n, err := r.Read(nil); n != 0 || err != nil {
		t.Errorf("read: %d, %v", n, err)
	}
}
