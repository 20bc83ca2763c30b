package config

import (
	"fmt"
	"maps"
	"os"
	"slices"

	"banger/internal/paths"
	"banger/internal/problem"
)

// The kinds of sources.
const (
	Environment = "environment"
	File        = "file"
	Host        = "host"     // guessed from the host's size
	BuiltIn     = "built-in" // nobody set it
)

// Source is where a value comes from, or a mistake stands.
type Source struct {
	Kind     string `json:"source"`             // one of the constants above
	Variable string `json:"variable,omitempty"` // with Environment
	File     string `json:"file,omitempty"`     // with File: the path
	Line     int    `json:"line,omitempty"`     // with File: from 1 on
}

// String is the source in a few words.
func (s Source) String() string {
	switch s.Kind {
	case Environment:
		return "environment, " + s.Variable
	case File:
		return fmt.Sprintf("%s, line %d", s.File, s.Line)
	case Host:
		return "this host's size"
	}
	return "built in"
}

// Setting is one setting as it is in force.
type Setting struct {
	Key   string `json:"key"`
	Value string `json:"value"` // as the environment would have it
	Source
}

// Reading is what came of reading everything that sets something.
type Reading struct {
	// Config is what is in force where nothing is wrong.
	Config Config
	// Mistakes are all there are: those of the file by line, then those of the environment.
	Mistakes []Mistake
	sources  map[string]Source
}

// Read reads the file at path, which need not exist, and the environment. What is wrong there is in the
// reading; an error means that the file could not be read at all.
func Read(path string, getenv func(string) string) (Reading, error) {
	r := Reading{Config: builtIn(), sources: map[string]Source{}}
	text, err := readFile(path)
	if err != nil {
		return r, err
	}
	entries, broken := parse(text)
	r.takeFile(path, paths.Home(getenv, os.Getuid()), entries)
	if broken != nil {
		r.Mistakes = append(r.Mistakes, Mistake{Source: Source{Kind: File, File: path, Line: broken.line}, Text: broken.text})
	}
	slices.SortStableFunc(r.Mistakes, func(a, b Mistake) int { return a.Source.Line - b.Source.Line })
	for _, s := range settings {
		if text := getenv(s.variable()); text != "" { // an empty variable is as good as none
			r.take(Source{Kind: Environment, Variable: s.variable()}, entry{key: s.key, text: text})
		}
	}
	return r, nil
}

// takeFile puts the entries of the file at path in force.
func (r *Reading) takeFile(path, home string, entries []entry) {
	for _, e := range entries {
		if e.item == 0 {
			r.take(Source{Kind: File, File: path, Line: e.line}, e)
		}
	}
	r.takeFileSync(path, home, entries)
}

// take puts an entry in force, or notes what is wrong with it.
func (r *Reading) take(from Source, e entry) {
	if wrong := r.put(e); wrong != nil {
		wrong.Source = from
		r.Mistakes = append(r.Mistakes, *wrong)
		return
	}
	r.sources[e.key] = from
}

func (r *Reading) put(e entry) *Mistake {
	s, known := find(e.key)
	switch {
	case e.key == syncList:
		return &Mistake{Text: fmt.Sprintf("%q is a list of tables", e.key), Hint: fmt.Sprintf("write [[%s]], and the settings of one entry below", e.key)}
	case !known && isTable(e.key):
		return &Mistake{Text: fmt.Sprintf("%.64q is a table of settings", e.key), Hint: fmt.Sprintf("write [%s], and its settings below", e.key)}
	case !known:
		return unknown(e.key)
	case e.structured && !(e.truth && s.truth):
		return &Mistake{Text: e.key + " is neither text nor a whole number"}
	}
	if err := s.set(&r.Config, e.text); err != nil {
		return &Mistake{Text: fmt.Sprintf("%s: %v", e.key, err), Hint: problem.RemedyOf(err)}
	}
	return nil
}

// Settings are all settings as they are in force.
func (r *Reading) Settings() []Setting {
	var all []Setting
	for _, s := range settings {
		source, set := r.sources[s.key]
		if !set {
			source.Kind = s.origin
		}
		all = append(all, Setting{Key: s.key, Value: s.get(&r.Config), Source: source})
	}
	for _, name := range slices.Sorted(maps.Keys(r.Config.Env)) {
		key := envTable + name
		all = append(all, Setting{Key: key, Value: r.Config.Env[name], Source: r.sources[key]})
	}
	return append(all, r.fileSyncSettings()...)
}

// Err is the first mistake as a problem.Invalid, nil when there is none.
func (r *Reading) Err() error {
	if len(r.Mistakes) == 0 {
		return nil
	}
	first := r.Mistakes[0]
	wrong := problem.New(problem.Invalid, "%s", first.sentence())
	if more := len(r.Mistakes) - 1; more > 0 {
		return wrong.WithRemedy("%s; banger config check lists all %d mistakes", first.remedy(), more+1)
	}
	return wrong.WithRemedy("%s", first.remedy())
}
