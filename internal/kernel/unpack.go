package kernel

import (
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"context"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/ulikunitz/xz/lzma"

	"banger/internal/problem"
)

// maxWindow bounds a decoder's dictionary. The kernel's build uses at most 128 MiB (zstd -22 --ultra).
const maxWindow = 128 << 20

// format is a way in which a kernel can be compressed.
type format struct {
	name, magic string
	open        func(packed []byte) (io.Reader, error)
}

var formats = []format{
	{"gzip", "\x1f\x8b", func(b []byte) (io.Reader, error) { return gzip.NewReader(bytes.NewReader(b)) }},
	{"xz", "\xfd7zXZ\x00", newXZ},
	{"lzma", "\x5d\x00\x00", func(b []byte) (io.Reader, error) {
		return lzma.ReaderConfig{DictCap: maxWindow}.NewReader(bytes.NewReader(b))
	}},
	{"bzip2", "BZh", func(b []byte) (io.Reader, error) { return bzip2.NewReader(bytes.NewReader(b)), nil }},
	{"lz4", "\x02\x21\x4c\x18", func(b []byte) (io.Reader, error) { return lz4.NewReader(bytes.NewReader(b)), nil }},
	{"zstd", "\x28\xb5\x2f\xfd", func(b []byte) (io.Reader, error) {
		return zstd.NewReader(bytes.NewReader(b), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
	}},
	{"lzo", "\x89LZO", nil},
}

// unpack decompresses a bzImage's payload. Its last four bytes are the size of
// what comes out: gzip ends so, and the kernel's build appends it to the others
// (scripts/Makefile.lib, size_append). They are no part of the other streams.
func unpack(ctx context.Context, packed []byte) ([]byte, error) {
	if len(packed) < 8 {
		return nil, problem.New(problem.Invalid, "its compressed part is empty")
	}
	body := packed[:len(packed)-4]
	size := int64(binary.LittleEndian.Uint32(packed[len(body):]))
	for _, f := range formats {
		if !bytes.HasPrefix(packed, []byte(f.magic)) {
			continue
		}
		if f.open == nil {
			return nil, problem.New(problem.Invalid, "it is compressed with %s, which banger does not know", f.name)
		}
		if f.name == "gzip" {
			body = packed
		}
		out, err := inflate(ctx, f, body, size)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err != nil {
			return nil, problem.New(problem.Invalid, "its %s part does not unpack: %w", f.name, err)
		}
		return out, nil
	}
	return nil, problem.New(problem.Invalid, "its compression is unknown (it begins with % x)", packed[:6])
}

// inflate decompresses body, which must give exactly size bytes.
func inflate(ctx context.Context, f format, body []byte, size int64) ([]byte, error) {
	if size > maxImage {
		return nil, fmt.Errorf("%d MiB are more than the limit of %d", size>>20, maxImage>>20)
	}
	r, err := f.open(body)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	n, err := io.Copy(&out, io.LimitReader(contextReader{ctx, r}, size+1))
	if err != nil {
		return nil, err
	}
	if n != size {
		return nil, fmt.Errorf("it gives %d bytes or more, not %d", n, size)
	}
	return out.Bytes(), nil
}

// contextReader reads until its context ends.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if c.ctx.Err() != nil {
		return 0, context.Cause(c.ctx)
	}
	return c.r.Read(p)
}
