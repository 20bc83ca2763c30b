package guestlink

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
)

// MaxMessage bounds the JSON of one message, in bytes.
const MaxMessage = 1 << 20

// WriteMessage writes v as one message, with a single call of w.Write.
func WriteMessage(w io.Writer, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode a guest link message: %w", err)
	}
	if len(body) > MaxMessage {
		return fmt.Errorf("a guest link message of %d bytes is over the limit of %d", len(body), MaxMessage)
	}
	buf := make([]byte, 4, 4+len(body))
	binary.BigEndian.PutUint32(buf, uint32(len(body)))
	_, err = w.Write(append(buf, body...))
	return err
}

// ReadMessage reads one message into v. It reads exactly the message's bytes and
// allocates no more than arrive. A stream that ends before the first byte gives io.EOF.
func ReadMessage(r io.Reader, v any) error {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return err
	}
	size := binary.BigEndian.Uint32(head[:])
	if size > MaxMessage {
		return fmt.Errorf("a guest link message claims %d bytes, over the limit of %d", size, MaxMessage)
	}
	body, err := readBounded(r, int(size))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, v); err != nil {
		return fmt.Errorf("a guest link message is malformed: %w", err)
	}
	return nil
}

// readBounded reads size bytes; beyond the first 4 KiB the buffer grows only as bytes arrive.
func readBounded(r io.Reader, size int) ([]byte, error) {
	body := make([]byte, 0, min(size, 4096))
	for len(body) < size {
		if len(body) == cap(body) {
			body = append(make([]byte, 0, min(2*cap(body), size)), body...)
		}
		n, err := io.ReadFull(r, body[len(body):min(cap(body), size)])
		body = body[:len(body)+n]
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, err
		}
	}
	return body, nil
}
