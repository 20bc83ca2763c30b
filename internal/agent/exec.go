package agent

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"net"
	"sync"
	"syscall"
	"time"

	"banger/internal/guestlink"
)

// exec answers an exec request and accompanies the command to its end.
func (a *Agent) exec(x *guestlink.Exec, stream net.Conn) {
	p, s, err := a.launch(x)
	if err != nil {
		guestlink.Refuse(stream, refusal(err))
		return
	}
	a.commands.Add(1)
	limit := time.Duration(x.TimeoutMillis) * time.Millisecond
	if x.Detach {
		go func() {
			defer a.commands.Add(-1)
			p.await(nil, limit)
		}()
		guestlink.WriteMessage(stream, guestlink.Response{}) // whether or not the client is still there
		return
	}
	defer a.commands.Add(-1)
	guestlink.WriteMessage(stream, guestlink.Response{}) // if the client has gone, receive finds out
	accompany(p, s, x.Stdin, stream, limit)
}

// launch starts the command that x describes.
func (a *Agent) launch(x *guestlink.Exec) (*process, *stdio, error) {
	if x == nil {
		return nil, nil, refuse(guestlink.CodeInvalid, "exec holds no command")
	}
	if err := a.sys.Ready(); err != nil {
		return nil, nil, err
	}
	c, err := a.command(*x)
	if err != nil {
		return nil, nil, err
	}
	s, err := a.openStdio(*x, c.acc.uid)
	if err != nil {
		return nil, nil, err
	}
	defer s.closeChild()
	p, err := a.start(c, s)
	if err != nil {
		s.close()
	}
	return p, s, err
}

// accompany moves bytes between the command and its stream, until the command has ended and its exit is sent.
func accompany(p *process, s *stdio, hasInput bool, stream net.Conn, limit time.Duration) {
	var outputs, inputs sync.WaitGroup
	in, gone := newInput(), make(chan struct{})
	if hasInput {
		inputs.Go(func() { in.feed(s, stream) })
	} else {
		in.close()
	}
	inputs.Go(func() {
		defer close(gone)
		defer stream.Close() // lets go of a forward that waits for the host to read
		receive(stream, p, in)
	})
	outputs.Go(func() { forward(stream, guestlink.FrameStdout, s.out) })
	if s.err != nil {
		outputs.Go(func() { forward(stream, guestlink.FrameStderr, s.err) })
	}
	exit := p.await(gone, limit)
	s.limitOutput(time.Now().Add(outputGrace))
	outputs.Wait()
	if text, err := json.Marshal(exit); err == nil {
		guestlink.WriteFrame(stream, guestlink.FrameExit, text)
	}
	stream.SetReadDeadline(time.Unix(1, 0)) // ends receive
	in.close()
	s.close()
	inputs.Wait()
}

// receive obeys the host's frames until the stream ends: the client has gone, or accompany has finished.
func receive(stream net.Conn, p *process, in *input) {
	frames := bufio.NewReaderSize(stream, 16)
	for {
		if _, err := frames.Peek(guestlink.FrameHeader); err != nil {
			return
		}
		buf := buffers.Get().(*[]byte) // not before there is a frame: most commands wait
		kind, payload, err := guestlink.ReadFrame(frames, *buf)
		if err == nil {
			obey(kind, payload, p, in)
		}
		buffers.Put(buf)
		if err != nil {
			return
		}
	}
}

func obey(kind guestlink.FrameType, payload []byte, p *process, in *input) {
	switch {
	case kind == guestlink.FrameStdin:
		in.add(payload)
	case kind == guestlink.FrameStdinEOF:
		in.end()
	case kind == guestlink.FrameSignal && len(payload) == 1:
		p.signal(syscall.Signal(payload[0]))
	case kind == guestlink.FrameResize && len(payload) == 4:
		p.resize(guestlink.Size{Rows: binary.BigEndian.Uint16(payload), Cols: binary.BigEndian.Uint16(payload[2:])})
	}
}
