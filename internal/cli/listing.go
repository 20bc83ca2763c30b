package cli

import (
	"context"
	"strings"

	"banger/client"
)

// listing is how a list is printed.
type listing[T any] struct {
	quiet bool // what identifies each thing only
	id    func(T) string
	table func([]T) *table
}

// print prints things; list is the same as the API has it.
func (l listing[T]) print(a *app, list any, things []T) error {
	switch {
	case a.json:
		return a.printJSON(list)
	case l.quiet:
		var b strings.Builder
		for _, thing := range things {
			b.WriteString(plain(l.id(thing)) + "\n")
		}
		return a.print(b.String())
	}
	return a.print(l.table(things).text(a.style(a.Stdout)))
}

// asking calls f with a client of the daemon, starting one when there is none.
func (a *app) asking(ctx context.Context, f func(*client.Client) error) error {
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	return f(c)
}
