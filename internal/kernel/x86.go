package kernel

import (
	"encoding/binary"
	"errors"
	"io"
)

// x86Reader undoes xz's x86 filter, which turned the relative targets of calls and
// jumps into absolute ones. The algorithm is that of the kernel's own decoder
// (lib/xz/xz_dec_bcj.c, in the public domain).
type x86Reader struct {
	r     io.Reader
	chunk []byte // to read into
	buf   []byte // final up to done, then at most four bytes that are not
	done  int
	pos   uint32 // of buf in the stream
	mask  uint32
	err   error
}

// Read gives filtered bytes.
func (x *x86Reader) Read(p []byte) (int, error) {
	for x.done == 0 {
		if x.err != nil {
			return 0, x.err
		}
		x.fill()
	}
	n := copy(p, x.buf[:x.done])
	x.buf, x.done, x.pos = x.buf[n:], x.done-n, x.pos+uint32(n)
	return n, nil
}

func (x *x86Reader) fill() {
	n, err := io.ReadFull(x.r, x.chunk)
	x.buf = append(x.buf, x.chunk[:n]...)
	x.done = x.filter(x.buf)
	if errors.Is(err, io.ErrUnexpectedEOF) && n > 0 {
		err = nil // a short last chunk; the next read tells how the stream ended
	}
	if err != nil {
		x.err, x.done = err, len(x.buf) // the last bytes cannot be an instruction
	}
}

var (
	maskAllowed = [8]bool{true, true, true, false, true}
	maskBits    = [8]uint32{0, 1, 2, 2, 3, 3, 3, 3}
)

func isSign(b byte) bool { return b == 0x00 || b == 0xff }

// filter converts buf in place and returns how much of it is final.
func (x *x86Reader) filter(buf []byte) int {
	if len(buf) <= 4 {
		return 0
	}
	i, last, end := 0, -1, len(buf)-4
	for ; i < end; i++ {
		if buf[i]&0xfe != 0xe8 {
			continue
		}
		if gap := i - last; gap > 3 {
			x.mask = 0
		} else if x.mask = x.mask << (gap - 1) & 7; x.mask != 0 {
			if !maskAllowed[x.mask] || isSign(buf[i+4-int(maskBits[x.mask])]) {
				last, x.mask = i, x.mask<<1|1
				continue
			}
		}
		last = i
		if !isSign(buf[i+4]) {
			x.mask = x.mask<<1 | 1
			continue
		}
		binary.LittleEndian.PutUint32(buf[i+1:], x.relative(binary.LittleEndian.Uint32(buf[i+1:]), uint32(i)))
		i += 4
	}
	if gap := i - last; gap > 3 {
		x.mask = 0
	} else {
		x.mask <<= gap - 1
	}
	return i
}

// relative is the target of the instruction at i, seen from its end.
func (x *x86Reader) relative(target, i uint32) uint32 {
	for {
		dest := target - (x.pos + i + 5)
		j := maskBits[x.mask] * 8
		if x.mask == 0 || !isSign(byte(dest>>(24-j))) {
			dest &= 0x01ffffff
			return dest | -(dest & 0x01000000)
		}
		target = dest ^ (1<<(32-j) - 1)
	}
}
