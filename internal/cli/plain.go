package cli

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// unprintable reports characters that move a terminal's cursor, change its state or
// reorder what is read: C0 and C1 controls, line and paragraph separators, and
// the directional ones (Unicode TR 36).
func unprintable(r rune) bool {
	return r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

// plain is s on one line, without characters that act on a terminal.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unprintable(r) {
			return '?'
		}
		return r
	}, s)
}

// plainText is plain for text of several lines.
func plainText(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == '\r':
			return -1
		case unprintable(r):
			return '?'
		}
		return r
	}, s)
}

// escapeJSON writes the same JSON without characters that act on a terminal.
func escapeJSON(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && unprintable(r) }) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if r != '\n' && unprintable(r) { // encoding/json has escaped those below a space
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// plainWriter passes text on without characters that act on a terminal.
type plainWriter struct {
	w    io.Writer
	rest []byte // the beginning of a character
}

func (p *plainWriter) Write(b []byte) (int, error) {
	text := append(p.rest, b...)
	whole := len(text)
	for i := 1; i < utf8.UTFMax && i <= len(text); i++ {
		if last := text[len(text)-i:]; utf8.RuneStart(last[0]) {
			if !utf8.FullRune(last) {
				whole -= i
			}
			break
		}
	}
	p.rest = append([]byte(nil), text[whole:]...)
	if _, err := io.WriteString(p.w, plainText(string(text[:whole]))); err != nil {
		return 0, err
	}
	return len(b), nil
}
