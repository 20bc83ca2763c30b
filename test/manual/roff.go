package main

import (
	"fmt"
	"strings"
)

// roff is a page as it grows.
type roff struct{ strings.Builder }

func (p *roff) line(text string) { p.WriteString(text + "\n") }

func (p *roff) macro(name string, args ...string) {
	p.WriteString("." + name)
	for _, arg := range args {
		fmt.Fprintf(p, ` "%s"`, strings.ReplaceAll(escape(arg), `"`, `\(dq`))
	}
	p.WriteString("\n")
}

// item is a term with its explanation.
func (p *roff) item(term, text string) {
	p.macro("TP")
	p.macro("B", term)
	p.line(escape(text))
}

// text is prose, with paragraphs parted by empty lines. Lines that are indented stay as they are.
func (p *roff) text(text string) {
	for _, paragraph := range strings.Split(strings.TrimSpace(text), "\n\n") {
		p.macro("PP")
		lines := strings.Split(paragraph, "\n")
		for len(lines) > 0 {
			as, n := p.prose, 1
			if indented(lines[0]) {
				as = p.verbatim
			}
			for n < len(lines) && indented(lines[n]) == indented(lines[0]) {
				n++
			}
			as(strings.Join(lines[:n], "\n"))
			lines = lines[n:]
		}
	}
}

func indented(line string) bool { return strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t") }

func (p *roff) prose(text string) {
	for line := range strings.Lines(text) {
		p.line(escape(strings.TrimSpace(line)))
	}
}

// verbatim is text whose lines stay as they are.
func (p *roff) verbatim(text string) {
	p.macro("nf")
	for line := range strings.Lines(text) {
		p.line(escape(strings.TrimRight(line, "\n")))
	}
	p.macro("fi")
}

// escape makes text mean itself: no escapes, no macros, hyphens that can be searched for and copied.
func escape(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text)
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		text = `\&` + text
	}
	return text
}
