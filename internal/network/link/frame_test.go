package link

import (
	"bytes"
	"encoding/binary"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// stream is frames of the given sizes, each filled with its number.
func stream(sizes ...int) []byte {
	var s []byte
	for i, size := range sizes {
		s = binary.BigEndian.AppendUint32(s, uint32(size))
		s = append(s, bytes.Repeat([]byte{byte(i)}, size)...)
	}
	return s
}

func TestFramesComeWhole(t *testing.T) {
	sizes := []int{60, 14, 65534, 13, 0, 1514, 65535, maxStream, 100}
	var want []int
	for i, size := range sizes {
		if size >= ethernet && size <= MTU+ethernet {
			want = append(want, i)
		}
	}
	many := stream(sizes...)
	for name, r := range map[string]io.Reader{
		"at once": bytes.NewReader(many), "byte by byte": iotest.OneByteReader(bytes.NewReader(many)),
		"in halves": iotest.HalfReader(bytes.NewReader(many)), "with the end": iotest.DataErrReader(bytes.NewReader(many)),
	} {
		var got []int
		err := frames(r, MTU+ethernet, func(frame []byte) {
			i := int(frame[0])
			if len(frame) != sizes[i] || bytes.Count(frame, frame[:1]) != len(frame) {
				t.Errorf("%s: frame %d has %d bytes, or others", name, i, len(frame))
			}
			got = append(got, i)
		})
		if err != io.EOF || !slices.Equal(got, want) {
			t.Errorf("%s: frames %v, want %v; %v", name, got, want, err)
		}
	}
}

func TestAnImpossibleLengthEndsTheWire(t *testing.T) {
	for _, length := range []uint32{maxStream + 1, 1 << 31, 1<<32 - 1} {
		s := binary.BigEndian.AppendUint32(stream(60), length)
		n := 0
		err := frames(io.MultiReader(bytes.NewReader(s), iotest.ErrReader(io.ErrNoProgress)), MTU, func([]byte) { n++ })
		if err == nil || !strings.Contains(err.Error(), "carries at most 69632") || n != 1 {
			t.Errorf("%d: %v, after %d frames", length, err, n)
		}
	}
}

func FuzzFrames(f *testing.F) {
	f.Add(stream(60, 0, 13, 14, 1500), uint8(3))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff}, uint8(1))
	f.Fuzz(func(t *testing.T, s []byte, piece uint8) {
		total := 0
		err := frames(&pieces{s, int(piece) + 1}, MTU+ethernet, func(frame []byte) {
			total += prefix + len(frame)
			if len(frame) < ethernet || len(frame) > MTU+ethernet {
				t.Errorf("a frame of %d bytes", len(frame))
			}
		})
		if err == nil || total > len(s) {
			t.Errorf("%v, %d bytes of frames from %d", err, total, len(s))
		}
	})
}

// pieces gives a stream in pieces of one size.
type pieces struct {
	rest []byte
	size int
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.rest[:min(p.size, len(p.rest))])
	p.rest = p.rest[n:]
	return n, nil
}
