package agent

import (
	"encoding/binary"
	"io"
	"sync"

	"banger/internal/agent/rawio"
	"banger/internal/guestlink"
)

// creditLump is how many bytes a command must have taken before the host hears of it.
const creditLump = guestlink.StdinWindow / 4

// input is standard input on its way to the command. The host's credit bounds what it holds.
type input struct {
	mu      sync.Mutex
	changed sync.Cond
	pending []byte
	eof     bool // no more will come
	closed  bool // the command takes no more
}

func newInput() *input {
	in := &input{}
	in.changed.L = &in.mu
	return in
}

// add takes p; after close it is dropped.
func (in *input) add(p []byte) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if !in.closed && !in.eof {
		in.pending = append(in.pending, p...)
		in.changed.Signal()
	}
}

// end says that no more will come.
func (in *input) end() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.eof = true
	in.changed.Signal()
}

// close drops what there is and what will come.
func (in *input) close() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.closed, in.pending = true, nil
	in.changed.Signal()
}

// take waits for bytes and exchanges them for the empty buffer spare; nil at the end.
func (in *input) take(spare []byte) []byte {
	in.mu.Lock()
	defer in.mu.Unlock()
	for len(in.pending) == 0 && !in.eof && !in.closed {
		in.changed.Wait()
	}
	if in.closed || len(in.pending) == 0 {
		return nil
	}
	taken := in.pending
	in.pending = spare[:0]
	return taken
}

// feed writes what comes to the command and gives the host credit for it on stream. When the command takes no
// more, a broken pipe mostly, the rest is dropped and not credited, so that the host's source stops. It
// returns at end of file, which it passes on, or after close.
func (in *input) feed(s *stdio, stream io.Writer) {
	to, err := rawio.NewFile(s.in)
	if err != nil {
		in.close()
		return
	}
	var buf []byte
	credit := 0
	for {
		if buf = in.take(buf); buf == nil {
			s.endInput()
			return
		}
		if _, err := to.Write(buf); err != nil {
			in.close()
			return
		}
		if credit += len(buf); credit >= creditLump {
			guestlink.WriteFrame(stream, guestlink.FrameCredit, binary.BigEndian.AppendUint32(nil, uint32(credit)))
			credit = 0
		}
	}
}
