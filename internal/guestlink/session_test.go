package guestlink

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"banger/internal/problem"
)

// answer says yes to everything, with a recognizable Info.
func answer(_ context.Context, _ Request, stream net.Conn) {
	WriteMessage(stream, Response{Info: &Info{Release: "6.1"}})
}

// echo answers and then returns every byte, until the host's end of file.
func echo(_ context.Context, _ Request, stream net.Conn) {
	WriteMessage(stream, Response{})
	io.Copy(stream, stream)
}

func TestHelloAndCall(t *testing.T) {
	s := connected(t, answer)
	if p := s.Peer(); p.BootID != "4f0c" || p.Release != "6.1" || p.Generation != Generation {
		t.Errorf("peer is %+v", p)
	}
	resp, err := s.Call(t.Context(), Request{Op: OpInfo})
	if err != nil || resp.Info == nil || resp.Info.Release != "6.1" {
		t.Errorf("got %+v, %v", resp, err)
	}
}

func TestRefusalIsAnError(t *testing.T) {
	s := connected(t, func(_ context.Context, _ Request, stream net.Conn) {
		Refuse(stream, &Error{CodeFailed, "never\x1b[2J heard"})
	})
	_, err := s.Call(t.Context(), Request{Op: "dance"})
	refusal, ok := errors.AsType[*Error](err)
	if !ok || refusal.Code != CodeFailed || err.Error() != "never?[2J heard" {
		t.Errorf("got %v", err)
	}
}

func TestManyStreamsAtOnce(t *testing.T) {
	s := connected(t, echo)
	data := bytes.Repeat([]byte("0123456789abcdef"), 1000)
	var streams sync.WaitGroup
	for range 600 {
		streams.Go(func() {
			stream, err := s.Open(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := Call(stream, Request{Op: OpExec}); err != nil {
				t.Error(err)
			}
			go func() {
				stream.Write(data)
				stream.Close() // half: the other direction stays open
			}()
			if got, err := io.ReadAll(stream); err != nil || !bytes.Equal(got, data) {
				t.Errorf("echo of %d bytes gave %d bytes, %v", len(data), len(got), err)
			}
		})
	}
	streams.Wait()
}

func TestSlowStreamDoesNotHoldUpOthers(t *testing.T) {
	s := connected(t, func(ctx context.Context, req Request, stream net.Conn) {
		WriteMessage(stream, Response{})
		if req.Op == OpExec {
			stream.Write(make([]byte, 4*streamWindow)) // blocks: nobody reads it
		}
	})
	slow, err := s.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Call(slow, Request{Op: OpExec}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := s.Call(ctx, Request{Op: OpSync}); err != nil {
		t.Error(err)
	}
	if n, _ := io.Copy(io.Discard, slow); n != 4*streamWindow {
		t.Errorf("the slow stream gave %d bytes, not %d", n, 4*streamWindow)
	}
}

func TestServeEndsWithItsContext(t *testing.T) {
	_, guest := pair(t)
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() { result <- Serve(ctx, guest, handler(answer)) }()
	cancel()
	if err := within(t, "Serve", result); err == nil {
		t.Error("Serve gave no error")
	}
}

func TestLostLinkEndsTheSession(t *testing.T) {
	host, guest := pair(t)
	result := serve(t, guest, func(ctx context.Context, _ Request, stream net.Conn) {
		WriteMessage(stream, Response{})
		<-ctx.Done()
	})
	s, err := Connect(t.Context(), host)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := s.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Call(stream, Request{Op: OpExec}); err != nil {
		t.Fatal(err)
	}
	host.Close()
	within(t, "Serve to end", result)
	within(t, "Done", s.Done())
	if _, err := s.Call(t.Context(), Request{Op: OpInfo}); err == nil {
		t.Error("a call on a lost session succeeded")
	}
}

func TestConnectGivesUpWithItsContext(t *testing.T) {
	host, _ := pair(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := Connect(ctx, host)
	if !errors.Is(err, context.DeadlineExceeded) || problem.CodeOf(err) != problem.Timeout {
		t.Errorf("got %v", err)
	}
}

func TestCallGivesUpWithItsContext(t *testing.T) {
	release := make(chan struct{})
	s := connected(t, func(context.Context, Request, net.Conn) { <-release })
	defer close(release)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := s.Call(ctx, Request{Op: OpInfo}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestHelloIsChecked(t *testing.T) {
	good := NewHello("1.0")
	for name, tc := range map[string]struct {
		change func(*Hello)
		want   string // empty: accepted
	}{
		"same generation":       {func(*Hello) {}, ""},
		"newer peer, still can": {func(h *Hello) { h.Generation = 9 }, ""},
		"newer peer, cannot":    {func(h *Hello) { h.Generation, h.MinGeneration = 9, 5 }, "generations 5 to 9"},
		"older peer":            {func(h *Hello) { h.Generation, h.MinGeneration = 0, 0 }, "generations 0 to 0"},
		"other magic":           {func(h *Hello) { h.Magic = "ssh" }, "does not speak"},
		"escape in release":     {func(h *Hello) { h.Release = "6.1\x1b[2J" }, "not printable"},
		"endless boot id":       {func(h *Hello) { h.BootID = strings.Repeat("f", 10_000) }, "too long"},
	} {
		t.Run(name, func(t *testing.T) {
			h := good
			tc.change(&h)
			host, guest := pair(t)
			go func() {
				var own Hello
				ReadMessage(guest, &own)
				WriteMessage(guest, h)
			}()
			_, err := Connect(t.Context(), host)
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("got error %v, want %q", err, tc.want)
			}
		})
	}
}

// What a hostile guest may try below the streams ends the session, at once.
func TestHostileFramesEndTheSession(t *testing.T) {
	for name, head := range map[string][3]int{ // type, flags, length
		"ping":           {2, 1, 7},
		"pong":           {2, 2, 7},
		"opens a stream": {1, 1, 0},
		"data over all":  {0, 0, streamWindow + 1},
		"unknown type":   {9, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			host, guest := pair(t)
			go func() {
				welcome(guest, newReader(guest), NewHello("evil"))
				frame := []byte{0, byte(head[0]), 0, byte(head[1]), 0, 0, 0, 2}
				guest.Write(binary.BigEndian.AppendUint32(frame, uint32(head[2])))
			}()
			s, err := Connect(t.Context(), host)
			if err != nil {
				t.Fatal(err)
			}
			within(t, "Done", s.Done())
			if err := s.Close(); err == nil {
				t.Error("Close says that the connection is good for another session")
			}
		})
	}
}

// A guest that does not answer cannot hold Close.
func TestCloseOfASilentGuest(t *testing.T) {
	host, guest := pair(t)
	go welcome(guest, newReader(guest), NewHello("silent"))
	s, err := Connect(t.Context(), host)
	if err != nil {
		t.Fatal(err)
	}
	result := make(chan error, 1)
	go func() { result <- s.Close() }()
	if err := within(t, "Close", result); err == nil {
		t.Error("Close gave no error")
	}
}
