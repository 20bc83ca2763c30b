package cli

import (
	"slices"
	"strings"

	"github.com/clipperhouse/displaywidth"
)

const (
	gap      = 2 // between columns
	narrow   = 8 // what a column that can give way keeps
	elastic  = "~"
	nothing  = "-"
	ellipsis = "…"
)

// table is a listing. Columns whose heading ends in a tilde can give way; a column STATE has colours.
type table struct {
	columns []column
}

type column struct {
	cells   []string // the first is the heading
	elastic bool
	width   int // in what a terminal takes for it: a Chinese character takes two
}

func newTable(headings ...string) *table {
	t := &table{}
	for _, heading := range headings {
		name, gives := strings.CutSuffix(heading, elastic)
		t.columns = append(t.columns, column{cells: []string{name}, elastic: gives, width: len(name)})
	}
	return t
}

// add adds a row; cells are made plain.
func (t *table) add(cells ...string) {
	for i, cell := range cells {
		cell = first(plain(cell), nothing)
		c := &t.columns[i]
		c.cells = append(c.cells, cell)
		c.width = max(c.width, displaywidth.String(cell))
	}
}

// text lays the table out for a stream.
func (t *table) text(l style) string {
	columns := t.fit(l.width)
	var b strings.Builder
	for row := range columns[0].cells {
		line := ""
		for _, c := range columns {
			text := clip(c.cells[row], c.width)
			line += l.paint(text, c.ink(row)) + strings.Repeat(" ", c.width-displaywidth.String(text)+gap)
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

func (c *column) ink(row int) ink {
	if row == 0 || c.cells[0] != "STATE" {
		return ""
	}
	return stateInk(c.cells[row])
}

// fit gives the columns that a terminal's width, which is 0 for none, has room for: empty ones go, then elastic ones
// shrink, then the last ones go.
func (t *table) fit(width int) []column {
	if width == 0 || total(t.columns) <= width {
		return t.columns
	}
	columns := slices.Clone(t.columns)
	if len(columns[0].cells) > 1 {
		columns = slices.DeleteFunc(columns, func(c column) bool { return c.empty() })
	}
	for ; len(columns) > 1; columns = columns[:len(columns)-1] {
		if fitting := shrink(columns, width); total(fitting) <= width {
			return fitting
		}
	}
	columns[0].width = min(columns[0].width, width)
	return columns
}

func total(columns []column) int {
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
func shrink(columns []column, width int) []column {
	columns = slices.Clone(columns)
	for total(columns) > width {
		var widest *column
		for i := range columns {
			if c := &columns[i]; c.elastic && c.width > narrow && (widest == nil || c.width > widest.width) {
				widest = c
			}
		}
		if widest == nil {
			break
		}
		widest.width--
	}
	return columns
}

// clip shortens text to what a width has room for.
func clip(text string, width int) string {
	return displaywidth.TruncateString(text, max(width, 1), ellipsis)
}
