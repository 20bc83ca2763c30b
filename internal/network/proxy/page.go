package proxy

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode"

	"banger/internal/problem"
)

// misdirected is the answer to a Host that is no VM's. It names none: a page that is not meant to know any may read it.
func misdirected(w http.ResponseWriter, r *http.Request) {
	say(w, http.StatusMisdirectedRequest, problem.New(problem.NotFound, "no VM answers to %.100q", r.Host).
		WithRemedy("http://NAME.localhost, with this port, is the VM called NAME; banger vm list shows what there is"))
}

// guestFailed is the answer in place of a guest's.
func guestFailed(w http.ResponseWriter, _ *http.Request, err error) {
	if known, ok := errors.AsType[*problem.Error](err); ok {
		err = known
	} else {
		err = problem.New(problem.GuestFailed, "the guest does not answer as a web server does: %.300s", err.Error())
	}
	say(w, http.StatusBadGateway, err)
}

// say answers with an error and its remedy, as the command line would.
func say(w http.ResponseWriter, status int, err error) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff") // the text has words of others
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	fmt.Fprintf(w, "banger: %s\n", printable(err.Error())) // a client that has gone meanwhile is no concern
	if remedy := problem.RemedyOf(err); remedy != "" {
		fmt.Fprintf(w, "  %s\n", printable(remedy))
	}
}

// printable is text without what a terminal, which curl may write to, takes for commands.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, text)
}
