package guestlink

import (
	"encoding/binary"
	"fmt"
	"io"
)

// FrameType is the first byte of a frame.
type FrameType byte

// The frames of an exec stream.
const (
	FrameStdin    FrameType = 1 // bytes for the command
	FrameStdinEOF FrameType = 2 // no more of them; empty
	FrameResize   FrameType = 3 // rows, cols: two big-endian uint16
	FrameSignal   FrameType = 4 // signal number: one byte

	FrameStdout FrameType = 16 // bytes of the command
	FrameStderr FrameType = 17 // bytes of the command
	FrameCredit FrameType = 18 // bytes of stdin that the host may send in addition: big-endian uint32
	FrameExit   FrameType = 19 // JSON of Exit; the last frame
)

// The frames of a copy, in either direction.
const (
	FrameData   FrameType = 32 // bytes of a tar stream
	FrameZeroes FrameType = 33 // so many zeroes of it: big-endian uint32
	FrameEnd    FrameType = 34 // JSON of CopyEnd; the last frame
)

const (
	// MaxFrame bounds a frame's payload, in bytes.
	MaxFrame = 64 << 10
	// FrameHeader is the size of what goes before the payload, in bytes.
	FrameHeader = 5
	// StdinWindow is how many bytes of stdin may be sent before the first credit.
	StdinWindow = 512 << 10
)

// ReadFrame reads one frame. The payload lies in buf, whose length must be MaxFrame at least.
func ReadFrame(r io.Reader, buf []byte) (FrameType, []byte, error) {
	head := buf[:FrameHeader]
	if _, err := io.ReadFull(r, head); err != nil {
		return 0, nil, err
	}
	kind, size := FrameType(head[0]), binary.BigEndian.Uint32(head[1:])
	if size > MaxFrame {
		return 0, nil, fmt.Errorf("a guest link frame claims %d bytes, over the limit of %d", size, MaxFrame)
	}
	payload := buf[:size]
	if _, err := io.ReadFull(r, payload); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return 0, nil, err
	}
	return kind, payload, nil
}

// SealFrame writes the header of a frame into the first FrameHeader bytes of buf, for the payload that is the rest of buf.
// Whoever moves bulk data reads it to buf[FrameHeader:] and thus need not copy it.
func SealFrame(kind FrameType, buf []byte) []byte {
	buf[0] = byte(kind)
	binary.BigEndian.PutUint32(buf[1:FrameHeader], uint32(len(buf)-FrameHeader))
	return buf
}

// WriteFrame writes one frame with a single call of w.Write: on a net.Conn, frames of several
// goroutines do not mix.
func WriteFrame(w io.Writer, kind FrameType, payload []byte) error {
	_, err := w.Write(SealFrame(kind, append(make([]byte, FrameHeader, FrameHeader+len(payload)), payload...)))
	return err
}
