package cli

import "strings"

// wrap fills the lines of each paragraph up to a width. A line that begins with a space, as in a list, stays one; where it is too
// long, it goes on below its last column.
func wrap(text string, width int) string {
	var b strings.Builder
	var words []string
	flush := func() {
		fill(&b, "", 0, words, width)
		words = nil
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		if line != "" && line[0] != ' ' {
			words = append(words, strings.Fields(line)...)
			continue
		}
		flush()
		column := strings.LastIndex(line, "  ") + 2
		if line == "" {
			b.WriteByte('\n')
		} else {
			fill(&b, line[:column], column, strings.Fields(line[column:]), width)
		}
	}
	flush()
	return b.String()
}

// fill writes words after lead, in lines that begin at a column.
func fill(b *strings.Builder, lead string, column int, words []string, width int) {
	if len(words) == 0 {
		return
	}
	line, begun := lead, false
	for _, word := range words {
		switch {
		case !begun:
			line += word
		case len(line)+1+len(word) > width:
			b.WriteString(line + "\n")
			line = strings.Repeat(" ", column) + word
		default:
			line += " " + word
		}
		begun = true
	}
	b.WriteString(line + "\n")
}
