package guestlink

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"sync"
	"sync/atomic"
)

// The outline of a yamux frame: version, type, flags (2 bytes), stream (4), length (4).
// https://github.com/hashicorp/yamux/blob/master/spec.md
const (
	muxHeader = 12

	muxData   = 0
	muxWindow = 1
	muxGoAway = 3

	muxSYN = 1
)

// newReader buffers r by a whole frame, so that a small one costs one system call.
func newReader(r io.Reader) *bufio.Reader { return bufio.NewReaderSize(r, MaxFrame) }

var errMux = errors.New("the peer broke the guest link's framing")

// link lies between yamux and the byte stream. It knows just enough of yamux to do four things that
// yamux does not: end a session at an exact byte on a stream that lives on, refuse
// frames by which a hostile peer could make yamux hold memory (pings, streams of its own),
// bound a data frame, and write a frame's header and body at once.
type link struct {
	in  *bufio.Reader
	out io.Writer
	// interrupt ends a blocked Read and Write; called once, by Close.
	interrupt func()
	// accepts says whether the peer may open streams.
	accepts bool

	head [muxHeader]byte // of the frame being read
	left int             // bytes of head that yamux has not taken yet
	body uint32          // bytes of the body that yamux has not taken yet

	over atomic.Bool // a go-away was read

	mu     sync.Mutex
	held   []byte // header of the data frame being written
	closed bool
	said   bool // a go-away was written
}

// Read gives yamux whole frames and then, after a go-away, end of file.
func (l *link) Read(p []byte) (int, error) {
	if l.left == 0 && l.body == 0 {
		if l.over.Load() {
			return 0, io.EOF
		}
		if err := l.next(); err != nil {
			return 0, err
		}
	}
	if l.left > 0 {
		n := copy(p, l.head[muxHeader-l.left:])
		l.left -= n
		return n, nil
	}
	n, err := l.in.Read(p[:min(uint32(len(p)), l.body)])
	l.body -= uint32(n)
	return n, err
}

// next reads and checks a frame's header.
func (l *link) next() error {
	if _, err := io.ReadFull(l.in, l.head[:]); err != nil {
		return err
	}
	kind, flags, length := l.head[1], binary.BigEndian.Uint16(l.head[2:]), binary.BigEndian.Uint32(l.head[8:])
	switch {
	case l.head[0] != 0, kind != muxData && kind != muxWindow && kind != muxGoAway:
		return errMux
	case flags&muxSYN != 0 && !l.accepts:
		return errMux
	case kind == muxData && length > streamWindow:
		return errMux
	}
	l.left = muxHeader
	l.over.Store(kind == muxGoAway)
	if kind == muxData {
		l.body = length
	}
	return nil
}

// Write takes what yamux writes: a header by itself, then the body if there is one.
// After a go-away the peer reads no more of this session, so the rest is dropped.
func (l *link) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return 0, io.ErrClosedPipe
	}
	if l.said {
		return len(p), nil
	}
	if len(l.held) == 0 && len(p) == muxHeader {
		if p[1] == muxData && binary.BigEndian.Uint32(p[8:]) > 0 {
			l.held = append(l.held, p...)
			return len(p), nil
		}
		l.said = p[1] == muxGoAway
	}
	if len(l.held) > 0 {
		l.held = append(l.held, p...)
		_, err := l.out.Write(l.held)
		l.held = l.held[:0]
		return len(p), err
	}
	return l.out.Write(p)
}

// Close makes Read and Write fail. After a go-away from the peer it lets a Write
// that is under way finish, so that the peer's stream ends at a frame.
func (l *link) Close() error {
	if !l.over.Load() {
		l.interrupt()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	return nil
}

// goAway writes the last frame of a session, after yamux has been closed.
func (l *link) goAway() error {
	_, err := l.out.Write([]byte{0, muxGoAway, muxHeader - 1: 0})
	return err
}
