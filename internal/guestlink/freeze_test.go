package guestlink

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"
)

// flood answers and then writes until it cannot, and tells when it has ended.
func flood(ended chan<- struct{}) handler {
	return func(_ context.Context, _ Request, stream net.Conn) {
		WriteMessage(stream, Response{})
		for err := error(nil); err == nil; {
			_, err = stream.Write(make([]byte, 50_000))
		}
		ended <- struct{}{}
	}
}

// open opens a stream on which the agent has answered.
func open(t *testing.T, s *Session) net.Conn {
	t.Helper()
	stream, err := s.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Call(stream, Request{Op: OpExec}); err != nil {
		t.Fatal(err)
	}
	return stream
}

// silent fails when something arrives on conn beyond what the session has read.
func silent(t *testing.T, s *Session, read func() int) {
	t.Helper()
	before := read()
	time.Sleep(50 * time.Millisecond)
	if after := read(); after != before {
		t.Errorf("%d bytes arrived while the link was at rest", after-before)
	}
}

// counted counts what is read.
type counted struct {
	net.Conn
	n chan int
}

func (c counted) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.n <- <-c.n + n
	return n, err
}

func (c counted) total() int {
	n := <-c.n
	c.n <- n
	return n
}

// At rest nothing passes; afterwards every stream goes on where it was.
func TestFreezeAndThaw(t *testing.T) {
	host, guest := pair(t)
	ended := make(chan struct{}, 10)
	serve(t, guest, flood(ended))
	conn := counted{host, make(chan int, 1)}
	conn.n <- 0
	s, err := Connect(t.Context(), conn)
	if err != nil {
		t.Fatal(err)
	}
	stream := open(t, s)
	for range 20 {
		if _, err := io.CopyN(io.Discard, stream, 300_000); err != nil {
			t.Fatal(err)
		}
		if err := s.Freeze(t.Context()); err != nil {
			t.Fatal(err)
		}
		silent(t, s, conn.total)
		if err := s.Thaw(); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// Whatever goes on, a session can be closed at the end of a frame and another can follow.
func TestSessionsFollowEachOtherOnOneConnection(t *testing.T) {
	host, guest := pair(t)
	ended := make(chan struct{}, 10)
	serve(t, guest, flood(ended))
	s, err := Connect(t.Context(), host)
	for range 20 {
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			go io.Copy(io.Discard, open(t, s))
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		within(t, "Done", s.Done())
		s, err = Reconnect(t.Context(), host)
		for range 3 {
			within(t, "the handlers of the old session to end", ended)
		}
	}
	s.Close()
}

// An agent that does not hold still is given up, and a late answer is not taken for that to another freeze.
func TestFreezeGivesUp(t *testing.T) {
	host, guest := pair(t)
	freezes := make(chan [muxHeader]byte, 10)
	go func() {
		in := newReader(guest)
		welcome(guest, in, NewHello("slow"))
		for {
			var frame [muxHeader]byte
			if _, err := io.ReadFull(in, frame[:]); err != nil {
				return
			}
			freezes <- frame
		}
	}()
	s, err := Connect(t.Context(), host)
	if err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := s.Freeze(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v", err)
	}
	first := within(t, "the first freeze", freezes)
	if thaw := within(t, "a thaw", freezes); thaw[1] != linkThaw {
		t.Errorf("after a freeze that was given up came %x", thaw)
	}
	frozen := make(chan error, 1)
	go func() { frozen <- s.Freeze(t.Context()) }()
	second := within(t, "the second freeze", freezes)
	first[1], second[1] = linkFrozen, linkFrozen
	guest.Write(first[:])
	select {
	case err := <-frozen:
		t.Fatalf("the answer to the first freeze was taken for one to the second: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	guest.Write(second[:])
	if err := within(t, "the freeze", frozen); err != nil {
		t.Error(err)
	}
}

func TestFreezeOfALostLink(t *testing.T) {
	host, guest := pair(t)
	go func() {
		welcome(guest, newReader(guest), NewHello("mortal"))
		io.ReadFull(guest, make([]byte, muxHeader))
		guest.Close()
	}()
	s, err := Connect(t.Context(), host)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Freeze(t.Context()); err == nil {
		t.Error("a lost link was frozen")
	}
	within(t, "Done", s.Done())
	if err := s.Close(); err == nil {
		t.Error("Close says that a lost link is good for another session")
	}
}

// An old agent cannot be frozen.
func TestFreezeOfAnOldAgent(t *testing.T) {
	host, guest := pair(t)
	old := NewHello("old")
	old.Generation = 1
	go welcome(guest, newReader(guest), old)
	s, err := Connect(t.Context(), host)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Freeze(t.Context()); err == nil {
		t.Error("an agent of generation 1 was frozen")
	}
}
