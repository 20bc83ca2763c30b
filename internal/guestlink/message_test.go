package guestlink

import (
	"bytes"
	"encoding/binary"
	"io"
	"runtime"
	"strings"
	"testing"
)

func TestMessageRoundTrip(t *testing.T) {
	want := Request{Op: OpExec, Exec: &Exec{Args: []string{"sh", "-c", strings.Repeat("x", 900_000)}, TTY: true, Rows: 24}}
	var wire bytes.Buffer
	if err := WriteMessage(&wire, want); err != nil {
		t.Fatal(err)
	}
	wire.WriteString("next")
	var got Request
	if err := ReadMessage(&wire, &got); err != nil {
		t.Fatal(err)
	}
	if got.Exec.Args[2] != want.Exec.Args[2] || got.Exec.Rows != 24 || wire.String() != "next" {
		t.Errorf("got %d arguments, %d bytes left", len(got.Exec.Args), wire.Len())
	}
}

func TestMessageLimits(t *testing.T) {
	if err := WriteMessage(io.Discard, strings.Repeat("x", MaxMessage)); err == nil {
		t.Error("wrote a message over the limit")
	}
	var v any
	long := append(binary.BigEndian.AppendUint32(nil, MaxMessage+1), bytes.Repeat([]byte{'1'}, MaxMessage+1)...)
	if err := ReadMessage(bytes.NewReader(long), &v); err == nil || !strings.Contains(err.Error(), "over the limit") {
		t.Errorf("a message over the limit gave %v", err)
	}
	if err := ReadMessage(strings.NewReader("\x00\x00\x00\x05{"), &v); err != io.ErrUnexpectedEOF {
		t.Errorf("a cut message gave %v", err)
	}
}

// A claim costs nothing: memory grows with the bytes that come.
func TestMessageClaimAllocatesLittle(t *testing.T) {
	claim := binary.BigEndian.AppendUint32(nil, MaxMessage)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 100 {
		var v any
		ReadMessage(bytes.NewReader(claim), &v)
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 4<<20 {
		t.Errorf("100 empty claims allocated %d bytes", got)
	}
}
