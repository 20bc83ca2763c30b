package aptsource

import (
	"fmt"
	"strings"
)

// parseLines reads the one-line format: deb [option=value ...] URI SUITE COMPONENT...
func parseLines(text string) ([]Source, error) {
	var sources []Source
	for i, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		kind, rest, _ := strings.Cut(strings.TrimSpace(strings.ReplaceAll(line, "\t", " ")), " ")
		if kind != "deb" {
			continue // empty, a comment, or deb-src
		}
		s, err := parseLine(strings.TrimSpace(rest))
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		sources = append(sources, s)
	}
	return sources, nil
}

func parseLine(rest string) (Source, error) {
	var s Source
	if inner, ok := strings.CutPrefix(rest, "["); ok {
		options, after, closed := strings.Cut(inner, "]")
		if !closed {
			return s, fmt.Errorf("the options' bracket is not closed")
		}
		for _, o := range strings.Fields(options) {
			name, value, _ := strings.Cut(o, "=")
			s.Options = append(s.Options, Option{strings.ToLower(name), value})
		}
		rest = after
	}
	words := strings.Fields(rest)
	if len(words) < 2 {
		return s, fmt.Errorf("an entry needs an address and a suite")
	}
	s.URI, s.Suite, s.Components = words[0], words[1], words[2:]
	return s, nil
}
