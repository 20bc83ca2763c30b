package config

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// entry is a key with its value, or a table of a file that no setting is in.
type entry struct {
	line       int
	key        string // with its table: vm_defaults.vcpu
	text       string // the value, as the environment would have it
	number     bool   // the value is a whole number
	structured bool   // the value is neither text nor a whole number, and text is empty unless truth is set
	truth      bool   // the value is true or false
	// item, from 1 on, says that it is part of that item of file_sync; the key is without the list's name, and empty where the item begins.
	item int
}

// fault is where a file stops being TOML.
type fault struct {
	line int
	text string
}

// parse gives the entries of a file in order, and the first place where it is not TOML. go-toml's tree has the lines
// that its decoder does not tell; its decoder checks what the tree does not, such as a key that stands there twice.
func parse(text []byte) ([]entry, *fault) {
	w := walk{text: text, line: 1}
	w.parser.Reset(text)
	for w.parser.NextExpression() {
		w.expression(w.parser.Expression())
	}
	var whole map[string]any
	return w.entries, faultOf(toml.Unmarshal(text, &whole))
}

func faultOf(err error) *fault {
	if err == nil {
		return nil
	}
	f := &fault{line: 1, text: strings.TrimPrefix(err.Error(), "toml: ")}
	if decode, ok := errors.AsType[*toml.DecodeError](err); ok {
		f.line, _ = decode.Position()
	}
	f.text, _, _ = strings.Cut(f.text, " into ") // what follows names a Go type
	return f
}

// walk goes through a file from its beginning to its end.
type walk struct {
	parser  unstable.Parser
	text    []byte
	at      int // bytes that line counts the line breaks of
	line    int
	table   string // with a dot at its end, unless it is the outermost
	items   int    // of file_sync, so far
	within  int    // the item that what comes is part of; 0: none
	skip    bool   // the table is none of ours, which was said
	entries []entry
}

func (w *walk) expression(node *unstable.Node) {
	switch node.Kind {
	case unstable.Table, unstable.ArrayTable:
		key, line := w.key(node)
		listed := node.Kind == unstable.ArrayTable
		w.table, w.within, w.skip = key+".", 0, listed || !isTable(key)
		switch {
		case listed && key == syncList:
			w.table, w.skip = "", false
			w.begin(line)
		case w.skip:
			w.entries = append(w.entries, entry{line: line, key: key, structured: true})
		}
	case unstable.KeyValue:
		if !w.skip {
			w.value(w.table, node)
		}
	}
}

func (w *walk) value(table string, node *unstable.Node) {
	key, line := w.key(node)
	e := entry{line: line, key: table + key, item: w.within}
	switch value := node.Value(); value.Kind {
	case unstable.String:
		e.text = string(value.Data)
	case unstable.Integer:
		n, err := strconv.ParseInt(strings.ReplaceAll(string(value.Data), "_", ""), 0, 64)
		e.text, e.number, e.structured = strconv.FormatInt(n, 10), true, err != nil
	case unstable.Bool:
		e.text, e.structured, e.truth = string(value.Data), true, true
	case unstable.InlineTable:
		if w.within == 0 && isTable(e.key) {
			w.values(e.key+".", value)
			return
		}
		e.structured = true
	case unstable.Array:
		if w.within == 0 && e.key == syncList && w.list(value) {
			return
		}
		e.structured = true
	default:
		e.structured = true
	}
	w.entries = append(w.entries, e)
}

func (w *walk) values(table string, inline *unstable.Node) {
	for it := inline.Children(); it.Next(); {
		w.value(table, it.Node())
	}
}

// key is a node's dotted key, and the line that it begins on.
func (w *walk) key(node *unstable.Node) (key string, line int) {
	var words []string
	for it := node.Key(); it.Next(); {
		if len(words) == 0 {
			w.advance(int(it.Node().Raw.Offset))
		}
		words = append(words, string(it.Node().Data))
	}
	return strings.Join(words, "."), w.line
}

func (w *walk) advance(to int) {
	w.line += bytes.Count(w.text[w.at:to], []byte("\n"))
	w.at = to
}
