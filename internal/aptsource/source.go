package aptsource

import (
	"slices"
	"strings"
)

// Source is one entry: one archive, one suite.
type Source struct {
	Options    []Option
	URI        string // may be mirror+file:, file:, ... as well as http:
	Suite      string // such as bookworm-updates
	Components []string
}

// Option is what stands in brackets in a one-line entry, such as signed-by=/usr/...
type Option struct{ Name, Value string }

// String is the entry in the one-line format, as sources.list has it.
func (s Source) String() string {
	words := []string{"deb"}
	if len(s.Options) > 0 {
		opts := make([]string, len(s.Options))
		for i, o := range s.Options {
			opts[i] = o.Name + "=" + o.Value
		}
		words = append(words, "["+strings.Join(opts, " ")+"]")
	}
	words = append(words, s.URI, s.Suite)
	return strings.Join(append(words, s.Components...), " ")
}

// Option is the value of the named option and whether the entry has it.
func (s Source) Option(name string) (string, bool) {
	i := slices.IndexFunc(s.Options, func(o Option) bool { return o.Name == name })
	if i < 0 {
		return "", false
	}
	return s.Options[i].Value, true
}
