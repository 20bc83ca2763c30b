package disk

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// Whatever is written where, the file reads as an ordinary one would.
func TestSparseFileReadsAsAnOrdinaryOne(t *testing.T) {
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 1))
		f, err := os.Create(filepath.Join(t.TempDir(), "f"))
		must(t, err)
		out, want := newSparseFile(f, 1<<20), make([]byte, 1<<20)
		for range 20 {
			b := make([]byte, random.IntN(20_000))
			if random.IntN(2) == 0 {
				for i := range b {
					b[i] = byte(random.Uint32())
				}
			}
			off := random.Int64N(1<<20 - 20_000)
			if random.IntN(2) == 0 {
				off -= off % blockSize
			}
			_, err := out.Seek(off, io.SeekStart)
			must(t, err)
			n, err := out.Write(b)
			if n != len(b) || err != nil {
				t.Fatalf("seed %d: wrote %d of %d: %v", seed, n, len(b), err)
			}
			copy(want[off:], b)
		}
		must(t, f.Truncate(out.end))
		got, err := os.ReadFile(f.Name())
		must(t, err)
		if !bytes.Equal(got, want[:len(got)]) || !bytes.Equal(want[len(got):], make([]byte, len(want)-len(got))) {
			t.Fatalf("seed %d: the file differs", seed)
		}
		must(t, f.Close())
	}
}

func TestSparseFileStopsAtItsLimit(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "f"))
	must(t, err)
	defer f.Close()
	out := newSparseFile(f, 8192)
	for _, step := range []struct {
		at   int64
		size int
		want error
	}{{0, 8192, nil}, {8192, 0, nil}, {4096, 4097, errLimit}, {0, 1, errLimit}} {
		_, err := out.Seek(step.at, io.SeekStart)
		must(t, err)
		if _, err := out.Write(make([]byte, step.size)); !errors.Is(err, step.want) {
			t.Errorf("%d bytes at %d: got %v, want %v", step.size, step.at, err, step.want)
		}
	}
}
