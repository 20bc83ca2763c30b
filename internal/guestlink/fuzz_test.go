package guestlink

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"testing"
)

func FuzzReadMessage(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x02{}"))
	f.Add([]byte("\xff\xff\xff\xff{}"))
	f.Add([]byte("\x00\x00\x00\x40{\"error\":{\"code\":\"invalid\",\"message\":\"\\u001b\"}}"))
	f.Fuzz(func(t *testing.T, wire []byte) {
		var resp Response
		if err := ReadMessage(bytes.NewReader(wire), &resp); err != nil || resp.Error == nil {
			return
		}
		if text := resp.Error.Error(); len(text) > 3*maxErrorText+3 || bytes.ContainsAny([]byte(text), "\x00\x1b\x7f\r\n") {
			t.Errorf("error text %q is not fit for a terminal", text)
		}
	})
}

func FuzzReadFrame(f *testing.F) {
	f.Add([]byte("\x10\x00\x00\x00\x02hi\x13\x00\x00\x00\x02{}"))
	f.Add([]byte("\x10\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, wire []byte) {
		r, buf := bytes.NewReader(wire), make([]byte, MaxFrame)
		for {
			kind, payload, err := ReadFrame(r, buf)
			if err != nil {
				return
			}
			var again bytes.Buffer
			WriteFrame(&again, kind, payload)
			at := len(wire) - r.Len()
			if !bytes.Equal(again.Bytes(), wire[at-again.Len():at]) {
				t.Fatalf("frame %d of %d bytes does not encode to what was read", kind, len(payload))
			}
		}
	})
}

// FuzzHello is a guest that answers the hello with anything.
func FuzzHello(f *testing.F) {
	good, _ := json.Marshal(NewHello("1"))
	f.Add(append([]byte{0, 0, 0, byte(len(good))}, good...))
	f.Add([]byte("\x00\x00\x00\x02{}"))
	f.Fuzz(func(t *testing.T, wire []byte) {
		host, guest := net.Pipe()
		go io.Copy(io.Discard, guest)
		go func() {
			guest.Write(wire)
			guest.Close()
		}()
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		s, err := Connect(ctx, host)
		if ctx.Err() != nil {
			t.Fatal("Connect hung")
		}
		if err != nil {
			return
		}
		within(t, "Done", s.Done())
		s.Close()
	})
}

// FuzzSession is a guest that says a good hello and then anything, while the host runs a command.
func FuzzSession(f *testing.F) {
	response := "\x00\x00\x00\x02{}"
	f.Add([]byte("\x00\x01\x00\x02\x00\x00\x00\x01\x00\x00\x00\x00"))                                                 // ack
	f.Add([]byte("\x00\x00\x00\x02\x00\x00\x00\x01\x00\x00\x00\x06" + response))                                      // ack and response
	f.Add([]byte("\x00\x00\x00\x02\x00\x00\x00\x01\x00\x00\x00\x0d" + response + "\x10\x00\x00\x00\x02hi"))           // and output
	f.Add([]byte("\x00\x00\x00\x06\x00\x00\x00\x01\x00\x00\x00\x0d" + response + "\x13\x00\x00\x00\x02{}"))           // and exit
	f.Add([]byte("\x00\x00\x00\x08\x00\x00\x00\x01\x00\x00\x00\x06" + response))                                      // reset
	f.Add([]byte("\x00\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"))                                                 // a type that is none
	f.Add([]byte("\x00\x01\x00\x02\x00\x00\x00\x01\xff\xff\xff\xff\x00\x01\x00\x00\x00\x00\x00\x01\xff\xff\xff\xff")) // window
	f.Fuzz(func(t *testing.T, wire []byte) {
		host, guest := net.Pipe()
		go func() {
			welcome(guest, newReader(guest), NewHello("fuzz"))
			go io.Copy(io.Discard, guest)
			guest.Write(wire)
			guest.Close()
		}()
		s, err := Connect(t.Context(), host)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		finished := make(chan struct{})
		go func() {
			defer close(finished)
			runAnything(t.Context(), s)
		}()
		within(t, "RunExec", finished)
	})
}

func runAnything(ctx context.Context, s *Session) {
	stream, err := s.Open(ctx)
	if err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, patience/2)
	defer cancel()
	RunExec(ctx, stream, Exec{Args: []string{"x"}}, IO{Stdin: bytes.NewReader(make([]byte, 100_000))})
}

// FuzzFollow is a guest whose frames are anything.
func FuzzFollow(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x02{}\x10\x00\x00\x00\x02hi\x12\x00\x00\x00\x04\x00\x00\x00\x00\x13\x00\x00\x00\x0a{\"code\":3}"))
	f.Add([]byte("\x00\x00\x00\x02{}\x12\x00\x00\x00\x04\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, wire []byte) {
		host, guest := net.Pipe()
		go io.Copy(io.Discard, guest)
		go func() {
			guest.Write(wire)
			guest.Close()
		}()
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		exit, err := RunExec(ctx, host, Exec{}, IO{Stdin: bytes.NewReader(make([]byte, 2*StdinWindow))})
		if ctx.Err() != nil {
			t.Fatal("RunExec hung")
		}
		if err == nil && (exit.Status() < 0 || exit.Status() > 255) {
			t.Errorf("status %d", exit.Status())
		}
	})
}
