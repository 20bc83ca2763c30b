package cli

import "strings"

// facts is one thing in full: a name and a value on each line.
type facts [][2]string

// add adds a line, unless the value is empty. The value is made plain.
func (f *facts) add(name, value string) {
	if value != "" {
		*f = append(*f, [2]string{name, plain(value)})
	}
}

func (f facts) text() string {
	wide := 0
	for _, fact := range f {
		wide = max(wide, len(fact[0]))
	}
	var b strings.Builder
	for _, fact := range f {
		b.WriteString(fit(fact[0]+":", wide+1) + "  " + fact[1] + "\n")
	}
	return b.String()
}
