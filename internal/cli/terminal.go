package cli

import (
	"os"

	"golang.org/x/term"
)

// terminal gives the descriptor of a terminal.
func terminal(stream any) (fd int, ok bool) {
	f, isFile := stream.(*os.File)
	if !isFile {
		return 0, false
	}
	fd = int(f.Fd())
	return fd, term.IsTerminal(fd)
}

func isTerminal(stream any) bool {
	_, ok := terminal(stream)
	return ok
}

// width is that of the terminal that stream is, 0 when it is none.
func width(stream any) int {
	fd, ok := terminal(stream)
	if !ok {
		return 0
	}
	columns, _, err := term.GetSize(fd)
	if err != nil {
		return 0
	}
	return columns
}

// dim makes text for standard error less prominent, where that is possible and wanted (no-color.org).
func (a *app) dim(text string) string {
	if a.getenv("NO_COLOR") != "" || a.getenv("TERM") == "dumb" || !isTerminal(a.Stderr) {
		return text
	}
	return "\x1b[2m" + text + "\x1b[0m"
}
