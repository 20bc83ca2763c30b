package config

import (
	"fmt"
	"strings"
)

// Mistake is something wrong in the file or in the environment.
type Mistake struct {
	Source Source
	Text   string // what is wrong, and what is allowed
	Hint   string // may be empty
}

// String is the mistake on one line.
func (m Mistake) String() string {
	if m.Hint == "" {
		return m.sentence()
	}
	return m.sentence() + "; " + m.Hint
}

func (m Mistake) sentence() string {
	if m.Source.Kind == Environment {
		return fmt.Sprintf("the environment's %s: %s", m.Source.Variable, m.Text)
	}
	return fmt.Sprintf("%s: %s", m.Source, m.Text)
}

func (m Mistake) remedy() string {
	switch {
	case m.Hint != "":
		return m.Hint
	case m.Source.Kind == Environment:
		return "unset it or give it another value"
	}
	return "mend or remove that line"
}

// unknown is the mistake of a key that is none.
func unknown(key string) *Mistake {
	m := &Mistake{Text: "there is no setting called " + shorten(key), Hint: "banger config show lists them"}
	if near := nearest(key); near != "" {
		m.Hint = fmt.Sprintf("did you mean %s?", near)
	}
	return m
}

// shorten keeps a key of any length from filling the screen.
func shorten(key string) string {
	const most = 64
	if len(key) <= most {
		return key
	}
	return strings.ToValidUTF8(key[:most], "") + "..."
}

// nearest is the setting or table whose name, or last word, differs from the key's in two letters at most.
func nearest(key string) string {
	near, least := "", 3
	try := func(key, name, meant string) {
		if d := distance(key, name); d < least {
			near, least = meant, d
		}
	}
	try(key, syncList, syncList)
	for _, s := range settings {
		try(key, s.key, s.key)
		try(lastWord(key), lastWord(s.key), s.key)
		if table, _, inTable := strings.Cut(s.key, "."); inTable {
			try(key, table, table)
		}
	}
	return near
}

func lastWord(key string) string { return key[strings.LastIndexByte(key, '.')+1:] }

// Nearest is the one of known that word is most likely a slip of, empty when none is near: less than half of it differs, and two letters at most.
func Nearest(word string, known []string) string {
	near, least := "", min(2, (len(word)-1)/2)+1
	for _, name := range known {
		if d := distance(word, name); d < least {
			near, least = name, d
		}
	}
	return near
}

// distance is how many letters must be put in, taken out or replaced, or swapped with the next one, to make b of a (optimal
// string alignment).
func distance(a, b string) int {
	if len(a) > 2*len(b)+2 { // far, however long
		return len(a)
	}
	before, row := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		last := row
		row = make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			change := last[j]
			if a[i] != b[j] {
				change++
			}
			row[j+1] = min(change, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before = last
	}
	return row[len(b)]
}
