package tree

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
)

var someEntries = []Entry{
	{Path: "a", Mode: File},
	{Path: "a b/\xff\n", Mode: Program, Size: 1<<63 - 1, Time: -1, Sum: bytes.Repeat([]byte{7}, 20)},
	{Path: strings.Repeat("x", MaxPath), Mode: Link, Size: 3, Time: 1 << 62, Sum: bytes.Repeat([]byte{9}, 32)},
	{Path: ".git/HEAD", Mode: File, Size: 40, Aside: true},
	{Path: "module", Mode: Folder},
	{Path: "gone", Mode: Gone},
}

// writes counts the calls of Write.
type writes struct {
	bytes.Buffer
	calls int
}

func (w *writes) Write(p []byte) (int, error) {
	w.calls++
	return w.Buffer.Write(p)
}

func TestEntriesArriveAsTheyWere(t *testing.T) {
	var wire writes
	for _, e := range someEntries {
		if err := WriteEntry(&wire, e); err != nil {
			t.Fatal(err)
		}
	}
	if wire.calls != len(someEntries) {
		t.Errorf("%d entries took %d writes", len(someEntries), wire.calls)
	}
	wire.WriteString("x")
	for _, want := range someEntries {
		if got, err := ReadEntry(&wire.Buffer); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
	}
	if wire.String() != "x" {
		t.Errorf("%q is left of what follows the last entry", wire.String())
	}
}

func TestEntriesThatAreNone(t *testing.T) {
	for what, e := range map[string]Entry{
		"a path that is too long": {Path: strings.Repeat("x", MaxPath+1), Mode: File},
		"no path":                 {Mode: File},
		"a sum that is too long":  {Path: "a", Mode: File, Sum: make([]byte, 33)},
		"a negative size":         {Path: "a", Mode: File, Size: -1},
		"a mode of no kind":       {Path: "a", Mode: 0o100600},
	} {
		var wire writes
		if err := WriteEntry(&wire, e); err == nil || wire.calls > 0 {
			t.Errorf("%s was written: %v", what, err)
		}
	}
}

// sealed is an entry as WriteEntry would never make it.
func sealed(change func(b []byte)) string {
	var wire bytes.Buffer
	WriteEntry(&wire, Entry{Path: "abc", Mode: File, Size: 1, Sum: make([]byte, 20)})
	change(wire.Bytes())
	return wire.String()
}

func TestMalformedEntries(t *testing.T) {
	for what, wire := range map[string]string{
		"an unknown flag":         sealed(func(b []byte) { b[0] = 2 }),
		"an unknown mode":         sealed(func(b []byte) { b[4]++ }),
		"a size below zero":       sealed(func(b []byte) { b[5] = 0x80 }),
		"a sum that is too long":  sealed(func(b []byte) { b[21] = 33 }),
		"a path that is too long": sealed(func(b []byte) { b[22] = 0x10; b[23] = 1 }),
		"no path":                 sealed(func(b []byte) { b[23] = 0 }),
	} {
		if e, err := ReadEntry(strings.NewReader(wire)); err == nil || errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: %+v, %v", what, e, err)
		}
	}
	whole := sealed(func([]byte) {})
	for cut := 1; cut < len(whole); cut++ {
		if _, err := ReadEntry(strings.NewReader(whole[:cut])); err != io.ErrUnexpectedEOF {
			t.Errorf("cut after %d of %d bytes: %v", cut, len(whole), err)
		}
	}
	if _, err := ReadEntry(strings.NewReader("")); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
}

// FuzzReadEntry: whatever can be read can be written, and is the same bytes.
func FuzzReadEntry(f *testing.F) {
	for _, e := range someEntries {
		var wire bytes.Buffer
		WriteEntry(&wire, e)
		f.Add(wire.Bytes())
	}
	f.Fuzz(func(t *testing.T, wire []byte) {
		r := bytes.NewReader(wire)
		e, err := ReadEntry(r)
		if err != nil {
			return
		}
		var again bytes.Buffer
		if err := WriteEntry(&again, e); err != nil || !bytes.Equal(again.Bytes(), wire[:len(wire)-r.Len()]) {
			t.Errorf("%+v was read, and %d bytes of %d written again (%v)", e, again.Len(), len(wire)-r.Len(), err)
		}
	})
}
