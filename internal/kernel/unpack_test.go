package kernel

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/ulikunitz/xz"
	"github.com/ulikunitz/xz/lzma"

	"banger/internal/problem"
)

// packers make what the kernel's build makes, as far as there are encoders for it in Go.
var packers = map[string]func(io.Writer) (io.WriteCloser, error){
	"gzip": func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil },
	"xz":   func(w io.Writer) (io.WriteCloser, error) { return xz.NewWriter(w) },
	"lzma": func(w io.Writer) (io.WriteCloser, error) { return lzma.NewWriter(w) },
	"lz4": func(w io.Writer) (io.WriteCloser, error) {
		z := lz4.NewWriter(w)
		return z, z.Apply(lz4.LegacyOption(true))
	},
	"zstd": func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w, zstd.WithWindowSize(8<<20)) },
}

func pack(t testing.TB, how string, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := packers[how](&out)
	must(t, err)
	_, err = w.Write(b)
	must(t, err)
	must(t, w.Close())
	return out.Bytes()
}

func testdata(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	must(t, err)
	return b
}

func TestVMLinuxFromEveryCompression(t *testing.T) {
	want := sample()
	packed := map[string][]byte{"bzip2": testdata(t, "sample.bz2"), "xz with x86 filter": testdata(t, "sample.x86.xz")}
	for how := range packers {
		packed[how] = pack(t, how, want)
	}
	for how, b := range packed {
		got, err := vmlinux(t.Context(), bzImage(b, len(want), how != "gzip"))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: got %d bytes, %v; want the %d of the sample", how, len(got), err, len(want))
		}
	}
	if got, err := vmlinux(t.Context(), want); err != nil || !bytes.Equal(got, want) {
		t.Errorf("an ELF file was not taken as it is: %v", err)
	}
}

func TestVMLinuxRefuses(t *testing.T) {
	elf := sample()
	packed := pack(t, "zstd", elf)
	huge := bzImage(packed, maxImage+1, true)
	old := bzImage(packed, len(elf), true)
	binary.LittleEndian.PutUint16(old[setupVersion:], 0x0207)
	empty := bzImage(nil, 0, true)
	for name, c := range map[string]struct {
		image []byte
		word  string
	}{
		"nothing":                  {nil, "neither a bzImage"},
		"a text":                   {bytes.Repeat([]byte("hello "), 1000), "neither a bzImage"},
		"an old boot protocol":     {old, "boot protocol 2.7"},
		"cut short":                {bzImage(packed, len(elf), true)[:3000], "cut short"},
		"an empty payload":         {empty, "empty"},
		"less than it says":        {bzImage(packed, len(elf)+1, true), "not 150012"},
		"more than it says":        {bzImage(packed, len(elf)-1, true), "or more"},
		"more than the limit":      {huge, "limit"},
		"lzo":                      {bzImage([]byte("\x89LZO\x00\x0d\x0a\x1a\x0a"), 9, true), "lzo"},
		"an unknown compression":   {bzImage([]byte("what is this?"), 9, true), "unknown"},
		"no ELF inside":            {bzImage(pack(t, "gzip", []byte("hello, world")), 0, false), "no ELF"},
		"broken zstd":              {bzImage(append(packed[:200:200], make([]byte, 500)...), len(elf), true), "zstd"},
		"a truncated x86 xz":       {bzImage(testdata(t, "sample.x86.xz")[:9000], len(elf), true), "xz"},
		"an xz header alone":       {bzImage(testdata(t, "sample.x86.xz")[:12], len(elf), true), "xz"},
		"an xz filter not x86":     {bzImage(patched(testdata(t, "sample.x86.xz"), 14, 0x07), len(elf), true), "filter 0x7"},
		"an xz dictionary too big": {bzImage(patched(testdata(t, "sample.x86.xz"), 18, 40), len(elf), true), "dictionary"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := vmlinux(t.Context(), c.image)
			wantProblem(t, err, problem.Invalid, c.word)
		})
	}
}

func patched(b []byte, at int, value byte) []byte {
	b = bytes.Clone(b)
	b[at] = value
	return b
}

func TestVMLinuxCanBeCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := vmlinux(ctx, bzImage(pack(t, "zstd", sample()), len(sample()), true))
	if !errors.Is(err, context.Canceled) || problem.CodeOf(err) == problem.Invalid {
		t.Errorf("got %v, want canceled and no word of a bad file", err)
	}
}

func TestX86FilterDoesNotDependOnReadSizes(t *testing.T) {
	for _, size := range []int{1, 2, 3, 7, 1000} {
		r, err := newXZ(testdata(t, "sample.x86.xz"))
		must(t, err)
		r.(*x86Reader).chunk = make([]byte, size)
		var out bytes.Buffer
		if _, err := io.CopyBuffer(struct{ io.Writer }{&out}, r, make([]byte, size)); err != nil || !bytes.Equal(out.Bytes(), sample()) {
			t.Errorf("read %d bytes at a time: %d bytes, %v", size, out.Len(), err)
		}
	}
}

func FuzzVMLinux(f *testing.F) {
	elf := elfKernel(true)
	for how := range packers {
		f.Add(bzImage(pack(f, how, elf), len(elf), how != "gzip"))
	}
	f.Add(bzImage(testdata(f, "sample.bz2"), len(sample()), true))
	f.Add(bzImage(testdata(f, "sample.x86.xz"), len(sample()), true))
	f.Fuzz(func(t *testing.T, image []byte) {
		b, err := vmlinux(t.Context(), image)
		if err != nil {
			return
		}
		if !bytes.HasPrefix(b, []byte("\x7fELF")) {
			t.Errorf("gave something that is no ELF file")
		}
		_, _ = hasPVH(b)
		_, _ = releaseOf(b)
		_, _ = embeddedConfig(b)
	})
}
