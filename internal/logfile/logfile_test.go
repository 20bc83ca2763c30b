package logfile

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

func TestTheCapHoldsAndTheNewestStays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "console.log")
	const limit = 1000
	l, err := Open(path, limit)
	if err != nil {
		t.Fatal(err)
	}
	var all bytes.Buffer
	for i := range 500 {
		line := fmt.Appendf(nil, "line %d\n", i)
		all.Write(line)
		if n, err := l.Write(line); n != len(line) || err != nil {
			t.Fatalf("write %d: %d, %v", i, n, err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	kept := append(read(t, path+Previous), read(t, path)...)
	if len(kept) > limit || len(kept) < limit/2 {
		t.Errorf("%d bytes are kept of a cap of %d", len(kept), limit)
	}
	if !bytes.HasSuffix(all.Bytes(), kept) {
		t.Errorf("what is kept is not the newest: %q", kept)
	}
}

func TestOneWriteBeyondTheCap(t *testing.T) {
	path := filepath.Join(t.TempDir(), "console.log")
	l, err := Open(path, 100)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if n, err := l.Write(bytes.Repeat([]byte("x"), 10_000)); n != 10_000 || err != nil {
		t.Fatalf("write: %d, %v", n, err)
	}
	if got := len(read(t, path)); got != 50 {
		t.Errorf("%d bytes are kept, want the half of the cap", got)
	}
}

func TestOpenAppends(t *testing.T) {
	path := filepath.Join(t.TempDir(), "console.log")
	for _, s := range []string{"one", "two"} {
		l, err := Open(path, 100)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.Write([]byte(s)); err != nil {
			t.Fatal(err)
		}
		l.Close()
	}
	if got := string(read(t, path)); got != "onetwo" {
		t.Errorf("got %q, want %q", got, "onetwo")
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
