package config

import "github.com/pelletier/go-toml/v2/unstable"

// begin begins an item of file_sync, which what follows is part of.
func (w *walk) begin(line int) {
	w.items++
	w.within = w.items
	w.entries = append(w.entries, entry{line: line, item: w.within})
}

// list takes file_sync as it is written on few lines, unless there is anything but tables in it.
func (w *walk) list(array *unstable.Node) bool {
	for it := array.Children(); it.Next(); {
		if it.Node().Kind != unstable.InlineTable {
			return false
		}
	}
	for it := array.Children(); it.Next(); {
		w.begin(w.line)
		w.values("", it.Node())
	}
	w.within = 0
	return true
}
