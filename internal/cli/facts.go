package cli

import (
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// facts is one thing in full: a name and a value on each line.
type facts []fact

type fact struct {
	name, value string
	ink         ink
}

// add adds a line, unless the value is empty. The value is made plain.
func (f *facts) add(name, value string) {
	if value != "" {
		*f = append(*f, fact{name: name, value: plain(value)})
	}
}

// addState adds a state in its colour.
func (f *facts) addState(name, state string) {
	*f = append(*f, fact{name, plain(state), stateInk(state)})
}

func (f facts) text(l style) string {
	wide := 0
	for _, fact := range f {
		wide = max(wide, displaywidth.String(fact.name))
	}
	var b strings.Builder
	for _, fact := range f {
		b.WriteString(fact.name + ":" + strings.Repeat(" ", wide-displaywidth.String(fact.name)+gap) + l.paint(fact.value, fact.ink) + "\n")
	}
	return b.String()
}
