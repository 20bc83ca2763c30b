package namegen

import (
	"regexp"
	"strings"
	"testing"

	"banger/internal/problem"
)

// label is what the contract allows, said in another way.
var label = regexp.MustCompile(`\A[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\z`)

func FuzzValidName(f *testing.F) {
	for _, s := range []string{"web", "-", "a-", "a\n", "é", "A", "a.b", strings.Repeat("a", 63), strings.Repeat("a", 64), "..", "\x00", "a\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		err := ValidName(s)
		if (err == nil) != label.MatchString(s) {
			t.Errorf("%q: %v", s, err)
		}
		if err != nil && (problem.CodeOf(err) != problem.Invalid || problem.RemedyOf(err) == "" || len(err.Error()) > 400) {
			t.Errorf("%q: code %s, remedy %q, %d bytes of text", s, problem.CodeOf(err), problem.RemedyOf(err), len(err.Error()))
		}
	})
}
