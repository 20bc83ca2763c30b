package guestlink

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"sync/atomic"
)

// The outline of a yamux frame: version, type, flags (2 bytes), stream (4), length (4).
// https://github.com/hashicorp/yamux/blob/master/spec.md
const (
	muxHeader = 12

	muxData   = 0
	muxWindow = 1

	muxSYN = 1
)

// Frames of our own between those of yamux, of a header only.
const (
	linkFreeze = 0x20 // host: write nothing more; it has a number where a yamux frame has its stream
	linkFrozen = 0x21 // agent: this is the last that is written; with the number of the freeze
	linkThaw   = 0x22 // host: go on
	linkReset  = 0x23 // host: this session is over, a hello follows
)

// newReader buffers r by a whole frame, so that a small one costs one system call.
func newReader(r io.Reader) *bufio.Reader { return bufio.NewReaderSize(r, MaxFrame) }

var errMux = errors.New("the peer broke the guest link's framing")

// link lies between yamux and the byte stream. It knows just enough of yamux to do four things that
// yamux does not: bring the byte stream to rest, and end a session on one that lives on; refuse
// frames by which a hostile peer could make yamux hold memory (pings, streams of its own);
// bound a data frame; and write a frame's header and body at once.
type link struct {
	in  *bufio.Reader
	out io.Writer
	// interrupt ends a blocked Read and Write; called once, by Close.
	interrupt func()
	// agent says that this is the agent's end.
	agent bool

	head   [muxHeader]byte // of the frame being read
	left   int             // bytes of head that yamux has not taken yet
	body   uint32          // bytes of the body that yamux has not taken yet
	asleep bool            // the agent's end: rest is held for the host

	over   atomic.Bool   // a reset was read
	closed atomic.Bool   // nothing is to be written any more
	frozen chan uint32   // the host's end: the number of the freeze that the agent has answered last
	rest   chan struct{} // holds one while somebody writes, or nobody may
	held   []byte        // header of the data frame being written; rest guards it
	asked  uint32        // the number of the latest freeze; rest guards it
}

func newLink(in *bufio.Reader, out io.Writer, interrupt func(), agent bool) *link {
	return &link{
		in: in, out: out, interrupt: interrupt, agent: agent,
		frozen: make(chan uint32, 1), rest: make(chan struct{}, 1),
	}
}

// Read gives yamux whole frames and, after a reset, end of file.
func (l *link) Read(p []byte) (int, error) {
	if l.left == 0 && l.body == 0 {
		if err := l.next(); err != nil {
			l.wake()
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

// next reads headers up to one that is for yamux, and checks it.
func (l *link) next() error {
	for !l.over.Load() {
		if _, err := io.ReadFull(l.in, l.head[:]); err != nil {
			return err
		}
		ours, err := l.control(l.head[1])
		if err != nil {
			return err
		}
		if !ours {
			return l.accept()
		}
	}
	return io.EOF
}

// control obeys a frame of our own.
func (l *link) control(kind byte) (ours bool, err error) {
	switch {
	case kind == linkFrozen && !l.agent:
		select {
		case <-l.frozen: // nobody has waited for that one any more
		default:
		}
		l.frozen <- l.number()
		return true, nil
	case kind == linkFreeze && l.agent && !l.asleep:
		l.rest <- struct{}{}
		l.asleep = true
		return true, l.say(linkFrozen, l.number())
	case kind == linkThaw && l.agent && l.asleep:
		l.wake()
		return true, nil
	case kind == linkReset && l.agent:
		l.over.Store(true)
		l.closed.Store(true)
		return true, nil
	}
	return false, nil
}

func (l *link) accept() error {
	kind, flags, length := l.head[1], binary.BigEndian.Uint16(l.head[2:]), binary.BigEndian.Uint32(l.head[8:])
	switch {
	case l.head[0] != 0, kind != muxData && kind != muxWindow:
		return errMux
	case flags&muxSYN != 0 && !l.agent:
		return errMux
	case kind == muxData && length > streamWindow:
		return errMux
	}
	l.left = muxHeader
	if kind == muxData {
		l.body = length
	}
	return nil
}

// wake lets the agent's end write again.
func (l *link) wake() {
	if l.asleep {
		l.asleep = false
		<-l.rest
	}
}

// number is that of a frame of our own.
func (l *link) number() uint32 { return binary.BigEndian.Uint32(l.head[4:]) }

// say writes a frame of our own; rest is held.
func (l *link) say(kind byte, number uint32) error {
	frame := [muxHeader]byte{1: kind}
	binary.BigEndian.PutUint32(frame[4:], number)
	_, err := l.out.Write(frame[:])
	return err
}

// Write takes what yamux writes: a header by itself, then the body if there is one.
func (l *link) Write(p []byte) (int, error) {
	l.rest <- struct{}{}
	defer func() { <-l.rest }()
	if l.closed.Load() {
		return 0, io.ErrClosedPipe
	}
	if len(l.held) == 0 && len(p) == muxHeader && p[1] == muxData && binary.BigEndian.Uint32(p[8:]) > 0 {
		l.held = append(l.held, p...)
		return len(p), nil
	}
	if len(l.held) > 0 {
		l.held = append(l.held, p...)
		_, err := l.out.Write(l.held)
		l.held = l.held[:0]
		return len(p), err
	}
	return l.out.Write(p)
}

// Close makes Read and Write fail. After a reset the byte stream lives on for another session.
func (l *link) Close() error {
	l.closed.Store(true)
	if !l.over.Load() {
		l.interrupt()
	}
	return nil
}
