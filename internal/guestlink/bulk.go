package guestlink

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
)

// bulkFrame is the size of a full frame of a copy. With the header that yamux adds it is 64 KiB.
const bulkFrame = 64<<10 - muxHeader

// maxZeroes is how many zeroes one frame may stand for.
const maxZeroes = 1 << 30

var zeroes [bulkFrame]byte

// BulkWriter sends bytes as the frames of a copy. Long runs of zeroes, which large files that are
// mostly empty have, are sent as their length.
type BulkWriter struct {
	w       io.Writer
	frame   []byte // being filled, its header included
	pending uint32 // zeroes that go before it
}

// NewBulkWriter writes to w, one frame a call.
func NewBulkWriter(w io.Writer) *BulkWriter {
	return &BulkWriter{w: w, frame: make([]byte, FrameHeader, bulkFrame)}
}

// Write implements io.Writer.
func (b *BulkWriter) Write(p []byte) (n int, err error) {
	for n < len(p) {
		part := min(len(p)-n, bulkFrame-len(b.frame))
		b.frame = append(b.frame, p[n:n+part]...)
		n += part
		if len(b.frame) == bulkFrame {
			if err := b.flush(); err != nil {
				return n, err
			}
		}
	}
	return n, nil
}

// flush sends the frame, or counts it when it holds nothing but zeroes.
func (b *BulkWriter) flush() error {
	payload := b.frame[FrameHeader:]
	if bytes.Equal(payload, zeroes[:len(payload)]) {
		b.pending += uint32(len(payload))
		b.frame = b.frame[:FrameHeader]
		if b.pending < maxZeroes-bulkFrame {
			return nil
		}
		return b.sendZeroes()
	}
	if err := b.sendZeroes(); err != nil {
		return err
	}
	_, err := b.w.Write(SealFrame(FrameData, b.frame))
	b.frame = b.frame[:FrameHeader]
	return err
}

func (b *BulkWriter) sendZeroes() error {
	if b.pending == 0 {
		return nil
	}
	err := WriteFrame(b.w, FrameZeroes, binary.BigEndian.AppendUint32(nil, b.pending))
	b.pending = 0
	return err
}

// End sends what is left and the last word.
func (b *BulkWriter) End(end CopyEnd) error {
	if err := b.flush(); err != nil {
		return err
	}
	if err := b.sendZeroes(); err != nil {
		return err
	}
	text, err := json.Marshal(end)
	if err != nil {
		return err
	}
	return WriteFrame(b.w, FrameEnd, text)
}

// BulkReader gives the bytes that a BulkWriter was given. At the end it gives io.EOF, or the error of the
// last word; a stream that has no last word ends in io.ErrUnexpectedEOF.
type BulkReader struct {
	r      io.Reader
	buf    []byte
	data   []byte // what of buf has not been read yet
	zeroes uint32 // to be read before it
	end    *CopyEnd
}

// NewBulkReader reads from r, as much as frames take.
func NewBulkReader(r io.Reader) *BulkReader {
	return &BulkReader{r: newReader(r), buf: make([]byte, MaxFrame)}
}

// Read implements io.Reader.
func (b *BulkReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for len(b.data) == 0 && b.zeroes == 0 {
		if err := b.next(); err != nil {
			return 0, err
		}
	}
	if b.zeroes > 0 {
		n := min(uint32(min(len(p), maxZeroes)), b.zeroes)
		clear(p[:n])
		b.zeroes -= n
		return int(n), nil
	}
	n := copy(p, b.data)
	b.data = b.data[n:]
	return n, nil
}

func (b *BulkReader) next() error {
	if b.end != nil {
		return b.ended()
	}
	kind, payload, err := ReadFrame(b.r, b.buf)
	switch {
	case err == io.EOF:
		return io.ErrUnexpectedEOF
	case err != nil:
		return err
	case kind == FrameData:
		b.data = payload
	case kind == FrameZeroes && len(payload) == 4:
		b.zeroes = binary.BigEndian.Uint32(payload)
	case kind == FrameEnd:
		if err := json.Unmarshal(payload, &b.end); err != nil || b.end == nil {
			return fmt.Errorf("the last word of a copy is malformed")
		}
		return b.ended()
	default:
		return fmt.Errorf("a copy holds a frame of type %d and %d bytes, which it must not", kind, len(payload))
	}
	return nil
}

func (b *BulkReader) ended() error {
	if b.end.Error != nil {
		return b.end.Error
	}
	return io.EOF
}

// End reads up to the last word and gives it.
func (b *BulkReader) End() (CopyEnd, error) {
	for b.end == nil {
		b.data, b.zeroes = nil, 0
		if err := b.next(); err != nil && b.end == nil {
			return CopyEnd{}, err
		}
	}
	return *b.end, nil
}
