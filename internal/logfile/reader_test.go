package logfile

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestTail(t *testing.T) {
	for name, c := range map[string]struct {
		older, newer string
		lines        int
		want         string
	}{
		"all":                {"", "a\nb\n", 1 << 20, "a\nb\n"},
		"last":               {"", "a\nb\n", 1, "b\n"},
		"none":               {"", "a\nb\n", 0, ""},
		"unfinished":         {"", "a\nb", 1, "b"},
		"none of unfinished": {"", "a\nb", 0, ""},
		"over both":          {"a\nb\n", "c\nd\n", 3, "b\nc\nd\n"},
		"line over both":     {"a\nb", "b\nc\n", 2, "bb\nc\n"},
		"more than there is": {"a\n", "b\n", 9, "a\nb\n"},
		"empty":              {"", "", 5, ""},
		"control characters": {"", "\x1b[31m\x00\nx\n", 2, "\x1b[31m\x00\nx\n"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "console.log")
			writeLog(t, path+Previous, c.older)
			writeLog(t, path, c.newer)
			l, err := OpenReader(path, false)
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			var got bytes.Buffer
			if err := l.Tail(&got, c.lines, Whole); err != nil || got.String() != c.want {
				t.Errorf("tail = %q, %v, want %q", got.String(), err, c.want)
			}
		})
	}
}

func TestLogThatIsNotThereIsEmpty(t *testing.T) {
	l, err := OpenReader(filepath.Join(t.TempDir(), "console.log"), false)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var got bytes.Buffer
	if err := l.Tail(&got, 10, Whole); err != nil || got.Len() != 0 {
		t.Errorf("tail = %q, %v, want nothing", got.String(), err)
	}
}

func writeLog(t *testing.T, path, text string) {
	t.Helper()
	if text == "" {
		return
	}
	f, err := Open(path, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(f, text); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// sink is a writer that can be waited on.
type sink struct {
	mu   sync.Mutex
	text strings.Builder
	more chan struct{}
}

func (s *sink) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text.Write(p)
	select {
	case s.more <- struct{}{}:
	default:
	}
	return len(p), nil
}

func (s *sink) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

func (s *sink) wait(t *testing.T, want string) {
	t.Helper()
	late := time.After(20 * time.Second)
	for !strings.HasSuffix(s.String(), want) {
		select {
		case <-s.more:
		case <-late:
			t.Fatalf("followed %q, want it to end with %q", s.String(), want)
		}
	}
}

// Nothing is lost or doubled over the beginning of a log, its rotation and its end.
func TestFollow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "console.log")
	l, err := OpenReader(path, true)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	got := &sink{more: make(chan struct{}, 1)}
	ended, done := make(chan struct{}), make(chan error)
	go func() { done <- l.Follow(t.Context(), got, ended) }()

	f, err := Open(path, 2<<10) // rotates every 1 KiB
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var want strings.Builder
	for n := range 200 {
		line := fmt.Sprintf("line %d\n", n)
		want.WriteString(line)
		if _, err := io.WriteString(f, line); err != nil {
			t.Fatal(err)
		}
		if n%20 == 0 {
			got.wait(t, line)
		}
	}
	close(ended)
	if err := <-done; err != nil || got.String() != want.String() {
		t.Errorf("follow ended with %v and %d bytes, want %d", err, len(got.String()), want.Len())
	}
}

func TestFollowEndsWithTheContext(t *testing.T) {
	l, err := OpenReader(filepath.Join(t.TempDir(), "console.log"), true)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- l.Follow(ctx, io.Discard, nil) }()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
