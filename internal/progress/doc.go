// Package progress carries word of a long operation from where it happens to
// whoever waits for it.
//
// An operation takes a Sink and reports to it; a nil Sink is allowed and drops
// everything. The daemon's sink writes server-sent events, the command line's
// draws a bar or a spinner on a terminal and plain lines elsewhere.
package progress
