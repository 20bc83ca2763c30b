package logfile

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

// stampedLog writes each text one second after the one before.
func stampedLog(texts ...string) string {
	var log bytes.Buffer
	at := noon
	w := &stamper{w: &log, now: func() time.Time { return at }}
	for _, text := range texts {
		io.WriteString(w, text)
		at = at.Add(time.Second)
	}
	return log.String()
}

// pieces writes text in pieces of n bytes.
func pieces(t *testing.T, w io.Writer, text string, n int) {
	t.Helper()
	for len(text) > 0 {
		k := min(n, len(text))
		if _, err := io.WriteString(w, text[:k]); err != nil {
			t.Fatal(err)
		}
		text = text[k:]
	}
}

func TestStampsAreOfWhenALineWasBegun(t *testing.T) {
	got := stampedLog("one\ntw", "o\n", "three")
	want := "2026-11-27T12:00:00.000Z one\n2026-11-27T12:00:00.000Z two\n2026-11-27T12:00:02.000Z three"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// However the log is cut into writes, what was stamped comes back.
func TestUnstamped(t *testing.T) {
	said := "one\n\n2026-11-27T11:00:00.000Z forged\n\x1b[31m\x00\nlong " + strings.Repeat("x", 100) + "\nno end"
	log := stampedLog(said)
	for n := 1; n < 60; n++ {
		var got bytes.Buffer
		pieces(t, Unstamped(&got), log, n)
		if got.String() != said {
			t.Fatalf("in pieces of %d: got %q, want %q", n, got.String(), said)
		}
	}
}

func TestTextWithoutStampsIsLeftAlone(t *testing.T) {
	const said = "short\nthe rest of a line that a rotation has cut\n2026-11-27T12:00:00.000Z one\n"
	var got bytes.Buffer
	pieces(t, Unstamped(&got), said, 7)
	if want := strings.Replace(said, "2026-11-27T12:00:00.000Z ", "", 1); got.String() != want {
		t.Errorf("got %q, want %q", got.String(), want)
	}
}

func TestSince(t *testing.T) {
	log := "cut off\n" + stampedLog("one\n", "two", " goes on\n", "three\nfour")
	for seconds, want := range map[int]string{
		-1: stampedLog("one\n", "two", " goes on\n", "three\nfour"),
		1:  strings.SplitAfterN(stampedLog("one\n", "two", " goes on\n", "three\nfour"), "\n", 2)[1],
		2:  "2026-11-27T12:00:03.000Z three\n2026-11-27T12:00:03.000Z four",
		4:  "",
	} {
		for n := 1; n < 40; n += 3 {
			var got bytes.Buffer
			pieces(t, Since(&got, noon.Add(time.Duration(seconds)*time.Second)), log, n)
			if got.String() != want {
				t.Errorf("since %d s, in pieces of %d: got %q, want %q", seconds, n, got.String(), want)
			}
		}
	}
}

// Since and Tail together give the last of the lines that are young enough.
func TestTailSince(t *testing.T) {
	path := t.TempDir() + "/log"
	writeLog(t, path+Previous, stampedLog("one\n", "two\n"))
	writeLog(t, path, stampedLog("", "", "three\n", "four\n"))
	l, err := OpenReader(path, false)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for lines, want := range map[int]string{1: "four\n", 2: "three\nfour\n", 9: "two\nthree\nfour\n"} {
		var got bytes.Buffer
		since := func(w io.Writer) io.Writer { return Since(w, noon.Add(time.Second)) }
		if err := l.Tail(Unstamped(&got), lines, since); err != nil || got.String() != want {
			t.Errorf("the last %d: got %q, %v, want %q", lines, got.String(), err, want)
		}
	}
}
