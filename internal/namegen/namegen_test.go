package namegen

import (
	"slices"
	"strings"
	"testing"

	"banger/internal/problem"
)

func TestValidName(t *testing.T) {
	long := strings.Repeat("a", 63)
	for name, want := range map[string]bool{
		"a": true, "0": true, "web": true, "quiet-otter": true, "a--b": true, "42": true, long: true,
		"": false, "-": false, "-web": false, "web-": false, "Web": false, "we b": false, "web.vm": false,
		"web_1": false, "wéb": false, "web\n": false, "\x1b[31m": false, "a/b": false, "..": false,
		"a\x00b": false, "init=/bin/sh": false, long + "a": false,
	} {
		err := ValidName(name)
		if (err == nil) != want {
			t.Errorf("ValidName(%q) = %v, want allowed %v", name, err, want)
		}
		if err != nil && problem.CodeOf(err) != problem.Invalid {
			t.Errorf("ValidName(%q) has code %q, want %q", name, problem.CodeOf(err), problem.Invalid)
		}
		if err != nil && problem.RemedyOf(err) == "" {
			t.Errorf("ValidName(%q) names no remedy", name)
		}
	}
}

func TestRefusalIsFitForATerminal(t *testing.T) {
	for _, name := range []string{"\x1b]0;x\a", strings.Repeat("\n", 1<<20), "\u202e"} {
		msg := ValidName(name).Error()
		if len(msg) > 300 || strings.ContainsAny(msg, "\x1b\a\n\u202e") {
			t.Errorf("refusal of a hostile name is %d bytes: %.100q", len(msg), msg)
		}
	}
}

func TestEveryMadeNameIsValidAndUnique(t *testing.T) {
	for _, words := range [][]string{adjectives, animals} {
		if sorted := slices.Sorted(slices.Values(words)); len(slices.Compact(sorted)) != len(words) {
			t.Errorf("a word stands twice in the list that begins with %q", words[0])
		}
		for _, w := range words {
			if err := ValidName(w); err != nil {
				t.Error(err)
			}
		}
	}
	if n := len(adjectives) * len(animals); n < 10000 {
		t.Errorf("%d possible names, want 10000 or more", n)
	}
}

func TestNewIsTwoWordsAndVaries(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		name := New()
		if first, second, ok := strings.Cut(name, "-"); !ok || !slices.Contains(adjectives, first) || !slices.Contains(animals, second) {
			t.Fatalf("New() = %q, want an adjective and an animal", name)
		}
		seen[name] = true
	}
	if len(seen) < 50 {
		t.Errorf("100 names, only %d of them different", len(seen))
	}
}
