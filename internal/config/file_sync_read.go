package config

import (
	"fmt"
	"maps"
	"slices"
)

// takeFileSync puts the entries of file_sync in force, or notes what is wrong with them.
func (r *Reading) takeFileSync(file, home string, entries []entry) {
	var items [][]entry
	for _, e := range entries {
		if e.item > len(items) {
			items = append(items, nil)
		}
		if e.item > 0 {
			items[e.item-1] = append(items[e.item-1], e)
		}
	}
	taken := map[string]int{} // paths in the guest, with the numbers of their entries
	for i, item := range items {
		r.takeItem(syncItem{r: r, file: file, home: home, number: i + 1, lines: map[string]int{}}, item, taken)
	}
}

// takeItem reads one item of it.
func (r *Reading) takeItem(s syncItem, entries []entry, taken map[string]int) {
	before := len(r.Mistakes)
	for _, e := range entries {
		s.set(e)
	}
	if _, set := s.lines["host"]; !set && len(r.Mistakes) == before {
		s.wrong(s.lines[""], "host names the file or folder to copy", "it has no host")
	}
	if len(r.Mistakes) > before {
		return
	}
	if _, set := s.lines["guest"]; !set {
		s.sync.Guest = s.sync.Host
	}
	if other, twice := taken[s.sync.Guest]; twice {
		s.wrong(max(s.lines[""], s.lines["guest"]), "", "~/%s is what entry %d is copied to", s.sync.Guest, other)
		return
	}
	taken[s.sync.Guest] = s.number
	r.Config.FileSync = append(r.Config.FileSync, s.sync)
	for key, line := range s.lines {
		r.sources[syncKey(len(r.Config.FileSync), key)] = Source{Kind: File, File: s.file, Line: line}
	}
}

// syncItem is an item of file_sync that is being read.
type syncItem struct {
	r          *Reading
	file, home string
	number     int // from 1 on
	sync       FileSync
	lines      map[string]int // of what it sets; where it begins has no name
}

func (s *syncItem) set(e entry) {
	s.lines[e.key] = e.line
	set, known := syncKeys[e.key]
	switch {
	case e.key == "":
	case !known:
		hint := "an entry has host, guest and mode"
		if near := Nearest(e.key, slices.Sorted(maps.Keys(syncKeys))); near != "" {
			hint = fmt.Sprintf("did you mean %s?", near)
		}
		s.wrong(e.line, hint, "there is no setting called %s in it", shorten(e.key))
	case e.structured || e.number:
		s.wrong(e.line, "write it between quotes", "%s is no text", e.key)
	default:
		if err := set(&s.sync, e.text, s.home); err != nil {
			s.wrong(e.line, "", "%s: %v", e.key, err)
		}
	}
}

func (s *syncItem) wrong(line int, hint, format string, args ...any) {
	s.r.Mistakes = append(s.r.Mistakes, Mistake{
		Source: Source{Kind: File, File: s.file, Line: line},
		Text:   fmt.Sprintf("%s entry %d: %s", syncList, s.number, fmt.Sprintf(format, args...)), Hint: hint,
	})
}

// syncKey is how a setting of an entry, from 1 on, is listed.
func syncKey(number int, key string) string { return fmt.Sprintf("%s.%d.%s", syncList, number, key) }

// fileSyncSettings are all settings of file_sync.
func (r *Reading) fileSyncSettings() (all []Setting) {
	for i, s := range r.Config.FileSync {
		add := func(key, value string) {
			source, set := r.sources[syncKey(i+1, key)]
			if !set {
				source.Kind = BuiltIn
			}
			all = append(all, Setting{Key: syncKey(i+1, key), Value: value, Source: source})
		}
		add("host", "~/"+s.Host)
		add("guest", "~/"+s.Guest)
		if s.Mode != 0 {
			add("mode", fmt.Sprintf("%04o", s.Mode))
		}
	}
	return all
}
