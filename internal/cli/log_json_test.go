package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestLogAsJSON(t *testing.T) {
	var out bytes.Buffer
	a := &app{Process: Process{Stdout: &out}}
	log := "rest\n2026-11-27T12:00:00.123Z one \x1b[31m\x00\xff\u202e\r\n2026-11-27T12:00:01.000Z " + strings.Repeat("x", maxLine) + "y"
	if err := a.copyLogJSON(strings.NewReader(log)); err != nil {
		t.Fatal(err)
	}
	want := `{"time":"0001-01-01T00:00:00Z","text":"rest"}
{"time":"2026-11-27T12:00:00.123Z","text":"one \u001b[31m\u0000\ufffd\u202e"}
{"time":"2026-11-27T12:00:01Z","text":"` + strings.Repeat("x", maxLine) + `"}
{"time":"2026-11-27T12:00:01Z","text":"y"}
`
	if out.String() != want {
		t.Errorf("got %.300q, want %.300q", out.String(), want)
	}
}

func TestParseSince(t *testing.T) {
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"":                          {},
		"90s":                       now.Add(-90 * time.Second),
		"2h":                        now.Add(-2 * time.Hour),
		"2026-11-27T12:00:00+02:00": now.Add(-2 * time.Hour),
	} {
		if got, err := parseSince(text, now); err != nil || !got.Equal(want) {
			t.Errorf("%q: got %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"yesterday", "-5m", "10", "2026-11-27"} {
		if _, err := parseSince(text, now); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
