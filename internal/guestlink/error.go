package guestlink

import "strings"

// Code is a stable word for why the agent refused a request.
type Code string

// The codes of Error.
const (
	CodeInvalid       Code = "invalid"        // the request can never succeed: no such user, bad directory, ...
	CodeNotFound      Code = "not_found"      // the command, with exit status 127, or the workspace's folder does not exist in the guest
	CodeNotExecutable Code = "not_executable" // it exists and cannot be run: exit status 126
	CodeUnsupported   Code = "unsupported"    // this agent does not know the operation
	CodeOccupied      Code = "occupied"       // something that must not be lost is where something is to be written
	CodeFailed        Code = "failed"         // the guest could not do it: out of memory, processes, disk, ...
)

// Error is a refusal by the agent. Find it with errors.As.
type Error struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
}

// maxErrorText bounds what of a guest's message is passed on, in bytes.
const maxErrorText = 1024

// Error is the guest's message, shortened and without control characters, fit for a terminal.
func (e *Error) Error() string { return printable(e.Message, maxErrorText) }

// printable is at most limit bytes of s, control characters replaced.
func printable(s string, limit int) string {
	if len(s) > limit {
		s = s[:limit] + "..."
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r == '\u2028' || r == '\u2029' || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return '?'
		}
		return r
	}, s)
}
