package cli

import "strings"

// printIDs prints what identifies each thing, one a line.
func printIDs[T any](a *app, things []T, id func(T) string) error {
	var b strings.Builder
	for _, thing := range things {
		b.WriteString(plain(id(thing)) + "\n")
	}
	return a.print(b.String())
}
