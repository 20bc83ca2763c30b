package guestlink

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
)

// bulk sends text in pieces, with the last word.
func bulk(t testing.TB, text []byte, piece int, end CopyEnd) *bytes.Buffer {
	t.Helper()
	var wire bytes.Buffer
	w := NewBulkWriter(&wire)
	for len(text) > 0 {
		n := min(piece, len(text))
		if _, err := w.Write(text[:n]); err != nil {
			t.Fatal(err)
		}
		text = text[n:]
	}
	if err := w.End(end); err != nil {
		t.Fatal(err)
	}
	return &wire
}

func TestBulkArrivesAsItWas(t *testing.T) {
	text := make([]byte, 1_000_000)
	for i := range text[:300_000] {
		text[i] = byte(rand.IntN(256))
	}
	text[700_001], text[len(text)-1] = 1, 2
	for _, piece := range []int{1 << 20, 65_536, 4097, 333} {
		r := NewBulkReader(bulk(t, text, piece, CopyEnd{LeftOut: 7}))
		got, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(got, text) {
			t.Errorf("in pieces of %d: %d bytes, %v", piece, len(got), err)
		}
		if end, err := r.End(); err != nil || end.LeftOut != 7 {
			t.Errorf("the last word is %+v, %v", end, err)
		}
	}
}

// TestZeroesAreSentAsTheirNumber: gigabytes of nothing cost next to nothing.
func TestZeroesAreSentAsTheirNumber(t *testing.T) {
	var wire bytes.Buffer
	w, piece := NewBulkWriter(&wire), make([]byte, 1<<20)
	const pieces = 3 << 10 // more than one frame can stand for
	for range pieces {
		w.Write(piece)
	}
	w.Write([]byte("end"))
	if err := w.End(CopyEnd{}); err != nil || wire.Len() > 1<<17 {
		t.Fatalf("%d bytes were sent, %v", wire.Len(), err)
	}
	var total int64
	r := NewBulkReader(&wire)
	for {
		n, err := r.Read(piece)
		total += int64(n)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if total != pieces<<20+3 {
		t.Errorf("%d bytes came", total)
	}
}

func TestBulkEnds(t *testing.T) {
	refusal := &Error{Code: CodeFailed, Message: "the disk is full"}
	r := NewBulkReader(bulk(t, []byte("text"), 10, CopyEnd{Error: refusal}))
	if _, err := io.ReadAll(r); !errors.As(err, new(*Error)) || err.Error() != refusal.Message {
		t.Errorf("an error as the last word gave %v", err)
	}
	whole := bulk(t, []byte("text"), 10, CopyEnd{}).Bytes()
	for cut := range len(whole) {
		if _, err := io.ReadAll(NewBulkReader(bytes.NewReader(whole[:cut]))); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("cut after %d of %d bytes: %v", cut, len(whole), err)
		}
		if _, err := NewBulkReader(bytes.NewReader(whole[:cut])).End(); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("cut after %d of %d bytes, End: %v", cut, len(whole), err)
		}
	}
	for _, wire := range []string{"\x10\x00\x00\x00\x00", "\x21\x00\x00\x00\x01x", "\x22\x00\x00\x00\x04null", "\x22\x00\x00\x00\x01{"} {
		if _, err := io.ReadAll(NewBulkReader(bytes.NewReader([]byte(wire)))); err == nil || errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%q: %v", wire, err)
		}
	}
}

// FuzzBulkReader is a guest that sends anything for a copy.
func FuzzBulkReader(f *testing.F) {
	f.Add([]byte("\x20\x00\x00\x00\x04text\x21\x00\x00\x00\x04\x00\x00\x01\x00\x22\x00\x00\x00\x02{}"))
	f.Add([]byte("\x20\x00\x00\x00\x00\x21\x00\x00\x00\x04\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, wire []byte) {
		r := NewBulkReader(bytes.NewReader(wire))
		_, err := io.CopyN(io.Discard, r, 1<<22)
		if end, endErr := r.End(); err == io.EOF && (endErr != nil || end.Error != nil) {
			t.Errorf("it ended well, and its last word is %+v, %v", end, endErr)
		}
	})
}
