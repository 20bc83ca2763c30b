package cli

import (
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	gap      = 2 // between columns
	narrow   = 8 // what a column that can give way keeps
	elastic  = "~"
	nothing  = "-"
	ellipsis = "…"
)

// table is a listing. Columns whose heading ends in a tilde can give way.
type table struct {
	columns []*column
}

type column struct {
	cells   []string // the first is the heading
	elastic bool
	width   int
}

func newTable(headings ...string) *table {
	t := &table{}
	for _, heading := range headings {
		name, gives := strings.CutSuffix(heading, elastic)
		t.columns = append(t.columns, &column{cells: []string{name}, elastic: gives, width: len(name)})
	}
	return t
}

// add adds a row; cells are made plain.
func (t *table) add(cells ...string) {
	for i, cell := range cells {
		if cell == "" {
			cell = nothing
		}
		c := t.columns[i]
		c.cells = append(c.cells, plain(cell))
		c.width = max(c.width, utf8.RuneCountInString(cell))
	}
}

// text lays the table out. When a terminal's width, which is 0 for none, does not do, empty
// columns go, then elastic ones shrink, then the last ones go.
func (t *table) text(width int) string {
	columns := t.columns
	if width > 0 && total(columns) > width {
		columns = slices.DeleteFunc(slices.Clone(columns), (*column).empty)
		shrink(columns, width)
		for len(columns) > 1 && total(columns) > width {
			columns = columns[:len(columns)-1]
		}
	}
	var b strings.Builder
	for row := range columns[0].cells {
		line := ""
		for _, c := range columns {
			line += fit(c.cells[row], c.width) + strings.Repeat(" ", gap)
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

func total(columns []*column) int {
	sum := -gap
	for _, c := range columns {
		sum += c.width + gap
	}
	return sum
}

// empty reports whether a column says nothing of any row.
func (c *column) empty() bool {
	return !slices.ContainsFunc(c.cells[1:], func(cell string) bool { return cell != nothing })
}

// shrink takes from the widest elastic column as long as that helps.
func shrink(columns []*column, width int) {
	for total(columns) > width {
		var widest *column
		for _, c := range columns {
			if c.elastic && c.width > narrow && (widest == nil || c.width > widest.width) {
				widest = c
			}
		}
		if widest == nil {
			return
		}
		widest.width--
	}
}

// fit makes cell exactly w characters long.
func fit(cell string, w int) string {
	n := utf8.RuneCountInString(cell)
	if n <= w {
		return cell + strings.Repeat(" ", w-n)
	}
	return string([]rune(cell)[:w-1]) + ellipsis
}
