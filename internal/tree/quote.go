package tree

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Quote is path as git prints it: as it is, or in C's quotes when it has control characters, quotes, backslashes or what is no UTF-8.
func Quote(path string) string {
	if utf8.ValidString(path) && !strings.ContainsFunc(path, func(r rune) bool { return r == '"' || r == '\\' || !unicode.IsPrint(r) && r != ' ' }) {
		return path
	}
	const digits = "01234567"
	b := []byte{'"'}
	for len(path) > 0 {
		r, n := utf8.DecodeRuneInString(path)
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r == ' ' || unicode.IsPrint(r) && (r != utf8.RuneError || n > 1):
			b = append(b, path[:n]...)
		default:
			for _, c := range []byte(path[:n]) {
				b = append(b, '\\', digits[c>>6], digits[c>>3&7], digits[c&7])
			}
		}
		path = path[n:]
	}
	return string(append(b, '"'))
}
