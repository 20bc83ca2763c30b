package tree

import (
	"encoding/binary"
	"fmt"
	"io"
)

// Mode is what git has for one: a kind of file, and for files whether they can be executed.
type Mode uint32

// The modes of entries.
const (
	Gone    Mode = 0        // not there, or not there any more
	Folder  Mode = 0o040000 // an empty folder where a submodule would be; its size is 0
	File    Mode = 0o100644
	Program Mode = 0o100755
	Link    Mode = 0o120000
)

func (m Mode) valid() bool {
	return m == Gone || m == Folder || m == File || m == Program || m == Link
}

// Entry is one path of a tree.
type Entry struct {
	Path string // relative, with slashes; any bytes but zero
	Mode Mode
	Size int64 // of the content, in bytes; of a link, of its target
	Time int64 // of its last change, in nanoseconds since 1970; 0 is the time of writing
	Sum  []byte
	// Aside marks a file that is not of the tree itself and that nobody remembers, such as those in .git.
	Aside bool
}

// The limits of an entry. MaxPath is Linux' PATH_MAX.
const (
	MaxPath = 4096
	maxSum  = 32
)

const (
	flagAside = 1
	header    = 1 + 4 + 8 + 8 + 1 + 2
)

// WriteEntry writes e with one call of w.Write. What follows is the caller's.
func WriteEntry(w io.Writer, e Entry) error {
	if e.Path == "" || len(e.Path) > MaxPath || len(e.Sum) > maxSum || e.Size < 0 || !e.Mode.valid() {
		return fmt.Errorf("%.100q is no entry of a tree", e.Path)
	}
	flags := byte(0)
	if e.Aside {
		flags = flagAside
	}
	b := append(make([]byte, 0, header+len(e.Sum)+len(e.Path)), flags)
	b = binary.BigEndian.AppendUint32(b, uint32(e.Mode))
	b = binary.BigEndian.AppendUint64(b, uint64(e.Size))
	b = binary.BigEndian.AppendUint64(b, uint64(e.Time))
	b = append(b, byte(len(e.Sum)))
	b = binary.BigEndian.AppendUint16(b, uint16(len(e.Path)))
	_, err := w.Write(append(append(b, e.Sum...), e.Path...))
	return err
}

// ReadEntry reads one entry and no byte more. Before the first byte of one the error is r's own, io.EOF at the end.
func ReadEntry(r io.Reader) (e Entry, err error) {
	var b [header]byte
	if _, err := io.ReadFull(r, b[:1]); err != nil {
		return e, err
	}
	if err := readFull(r, b[1:]); err != nil {
		return e, err
	}
	e.Aside = b[0]&flagAside != 0
	e.Mode = Mode(binary.BigEndian.Uint32(b[1:]))
	e.Size = int64(binary.BigEndian.Uint64(b[5:]))
	e.Time = int64(binary.BigEndian.Uint64(b[13:]))
	sum, path := int(b[21]), int(binary.BigEndian.Uint16(b[22:]))
	if b[0]&^flagAside != 0 || !e.Mode.valid() || e.Size < 0 || sum > maxSum || path == 0 || path > MaxPath {
		return e, fmt.Errorf("an entry of a tree is malformed")
	}
	text := make([]byte, sum+path)
	if err := readFull(r, text); err != nil {
		return e, err
	}
	if sum > 0 {
		e.Sum = text[:sum:sum]
	}
	e.Path = string(text[sum:])
	return e, nil
}

// readFull takes an end in the middle of an entry for what it is.
func readFull(r io.Reader, b []byte) error {
	_, err := io.ReadFull(r, b)
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
