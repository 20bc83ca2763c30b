package cli

// ink is a colour or a weight: the parameter of the escape sequence for it (ECMA-48, SGR).
type ink string

const (
	red    ink = "31"
	green  ink = "32"
	yellow ink = "33"
	dim    ink = "2"
)

// paint gives text in an ink, where the stream can show one. Widths are counted before.
func (l style) paint(text string, with ink) string {
	if !l.escapes || with == "" || text == "" {
		return text
	}
	return "\x1b[" + string(with) + "m" + text + "\x1b[0m"
}

// stateInk is that for the state of a VM or an operation, and for doctor's word about a check.
func stateInk(state string) ink {
	switch state {
	case "running", "ok":
		return green
	case "paused", "canceling", "warn":
		return yellow
	case "error", "failed", "fail":
		return red
	case "stopped", "done", "canceled":
		return dim
	}
	return ""
}
