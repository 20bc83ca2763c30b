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

// style is how text for a stream is to look.
type style struct {
	width   int  // of the terminal that it is, in characters; 0 when it is none
	escapes bool // it is one that obeys escape sequences, and they are wanted (no-color.org)
}

// style asks anew each time: terminals change their size.
func (a *app) style(stream any) style {
	fd, ok := terminal(stream)
	if !ok {
		return style{}
	}
	columns, _, err := term.GetSize(fd)
	if err != nil {
		columns = 0
	}
	return style{width: columns, escapes: a.getenv("NO_COLOR") == "" && a.getenv("TERM") != "dumb"}
}
