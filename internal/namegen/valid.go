package namegen

import (
	"strings"

	"banger/internal/problem"
)

// MaxLength is the longest name in bytes: the limit of a DNS label (RFC 1035).
const MaxLength = 63

const allowed = "abcdefghijklmnopqrstuvwxyz0123456789-"

// ValidName returns nil when s can be a name, else a problem.Invalid that says
// what is wrong with it.
func ValidName(s string) error {
	switch {
	case s == "":
		return refuse("a name cannot be empty")
	case len(s) > MaxLength:
		return refuse("the name %.20q... is %d bytes long, and %d is the limit", s, len(s), MaxLength)
	case strings.ContainsFunc(s, forbidden):
		return refuse("%q cannot be a name: it has a character that is not allowed", s)
	case s[0] == '-' || s[len(s)-1] == '-':
		return refuse("%q cannot be a name: it begins or ends with a hyphen", s)
	}
	return nil
}

func forbidden(r rune) bool { return !strings.ContainsRune(allowed, r) }

func refuse(format string, args ...any) error {
	return problem.New(problem.Invalid, format, args...).
		WithRemedy("use 1 to %d of a-z, 0-9 and hyphen, with no hyphen at either end", MaxLength)
}
