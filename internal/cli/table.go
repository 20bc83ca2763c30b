package cli

import (
	"strings"
	"unicode/utf8"
)

// table is a listing. Cells are made plain when they are added.
type table struct {
	rows [][]string // the first holds the headings
}

func newTable(headings ...string) *table { return &table{rows: [][]string{headings}} }

func (t *table) add(cells ...string) {
	for i, cell := range cells {
		cells[i] = plain(cell)
		if cell == "" {
			cells[i] = "-"
		}
	}
	t.rows = append(t.rows, cells)
}

// narrowest is what a column keeps when the table must shrink.
const narrowest = 6

// text lays the table out. A terminal's width, if it is not 0, is not exceeded as long as columns can give way.
func (t *table) text(width int) string {
	const gap = 2
	wide := t.widths()
	total := gap * (len(wide) - 1)
	for _, w := range wide {
		total += w
	}
	for ; width > 0 && total > width; total-- {
		i := widest(wide)
		if wide[i] <= narrowest {
			break
		}
		wide[i]--
	}
	var b strings.Builder
	for _, row := range t.rows {
		line := ""
		for i, cell := range row {
			line += fit(cell, wide[i]) + strings.Repeat(" ", gap)
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

func (t *table) widths() []int {
	wide := make([]int, len(t.rows[0]))
	for _, row := range t.rows {
		for i, cell := range row {
			wide[i] = max(wide[i], utf8.RuneCountInString(cell))
		}
	}
	return wide
}

func widest(wide []int) int {
	best := 0
	for i, w := range wide {
		if w > wide[best] {
			best = i
		}
	}
	return best
}

// fit makes cell exactly w characters long.
func fit(cell string, w int) string {
	n := utf8.RuneCountInString(cell)
	if n <= w {
		return cell + strings.Repeat(" ", w-n)
	}
	return string([]rune(cell)[:w-1]) + "…"
}

// facts is one thing in full: a name and a value on each line, what is empty left out.
type facts [][2]string

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
