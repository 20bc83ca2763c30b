package kernel

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/ulikunitz/xz/lzma"
)

// Filters of the xz format (xz-file-format.txt 1.2.0, section 5.3).
const (
	filterX86   = 0x04
	filterLZMA2 = 0x21
)

// newXZ reads an xz stream of one block. The library reads xz too, but not with
// the x86 filter that a kernel's build uses (scripts/xz_wrap.sh), so that only its
// LZMA2 decoder is of use. The caller knows the size, so the index is not looked at.
func newXZ(b []byte) (io.Reader, error) {
	const streamHeader = 12
	if len(b) < streamHeader+8 {
		return nil, io.ErrUnexpectedEOF
	}
	headerSize := (int(b[streamHeader]) + 1) * 4
	body := b[streamHeader:]
	if b[streamHeader] == 0 || headerSize > len(body) {
		return nil, errors.New("it has no block")
	}
	x86, dictionary, err := xzFilters(body[:headerSize-4])
	if err != nil {
		return nil, err
	}
	r, err := lzma.Reader2Config{DictCap: dictionary}.NewReader2(bytes.NewReader(body[headerSize:]))
	if err != nil || !x86 {
		return r, err
	}
	return &x86Reader{r: r, chunk: make([]byte, 1<<16)}, nil
}

// xzFilters reads a block header without its checksum: whether the x86 filter is
// in use, and the size of the dictionary.
func xzFilters(header []byte) (x86 bool, dictionary int, err error) {
	flags, rest := header[1], header[2:]
	for _, bit := range []byte{0x40, 0x80} { // sizes that may be there
		if flags&bit != 0 {
			_, n := binary.Uvarint(rest)
			if n <= 0 {
				return false, 0, io.ErrUnexpectedEOF
			}
			rest = rest[n:]
		}
	}
	for range flags&3 + 1 {
		if len(rest) < 2 || int(rest[1]) > len(rest)-2 {
			return false, 0, io.ErrUnexpectedEOF
		}
		id, properties := rest[0], rest[2:2+rest[1]]
		rest = rest[2+len(properties):]
		switch {
		case id == filterX86 && len(properties) == 0:
			x86 = true
		case id == filterLZMA2 && len(properties) == 1:
			size, err := lzma.DecodeDictCap(properties[0])
			if err != nil || size > maxWindow {
				return false, 0, fmt.Errorf("its dictionary is too large")
			}
			return x86, max(int(size), lzma.MinDictCap), nil
		default:
			return false, 0, fmt.Errorf("it uses the unknown filter %#x", id)
		}
	}
	return false, 0, errors.New("it does not use LZMA2")
}
