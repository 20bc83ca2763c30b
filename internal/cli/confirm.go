package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
)

// maxReply bounds what is read of a reply, in bytes.
const maxReply = 256

// confirm shows what is about to be lost and asks, unless force is true. Any reply but yes is an error; so is a question
// that nobody can be asked.
func (a *app) confirm(ctx context.Context, force bool, what *table, question string) error {
	if a.quiet && force {
		return nil
	}
	fmt.Fprint(a.Stderr, what.text(a.style(a.Stderr)))
	if force {
		return nil
	}
	if !isTerminal(a.Stdin) {
		return usage("standard input is no terminal, so nobody can be asked").hint("say -f")
	}
	fmt.Fprintf(a.Stderr, "%s [y/N] ", question)
	reply := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(io.LimitReader(a.Stdin, maxReply)).ReadString('\n')
		reply <- strings.ToLower(strings.TrimSpace(line))
	}()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case said := <-reply:
		if said == "y" || said == "yes" {
			return nil
		}
	}
	a.notice("nothing was deleted")
	return exitStatus(statusFailed)
}
