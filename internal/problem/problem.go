package problem

import (
	"errors"
	"fmt"
)

// Code is a stable word for a kind of failure. It is part of the API.
type Code string

// The codes. A new one is added only where a script would act differently on it.
const (
	Invalid     Code = "invalid"     // the request can never succeed as it stands
	NotFound    Code = "not_found"   // what it refers to does not exist
	Ambiguous   Code = "ambiguous"   // a reference matches more than one thing
	Taken       Code = "taken"       // the name exists already
	Conflict    Code = "conflict"    // not in this state, or in use
	Unavailable Code = "unavailable" // the host lacks something
	Exhausted   Code = "exhausted"   // disk, memory, addresses or a quota is used up
	Damaged     Code = "damaged"     // a file of banger's is not what it should be
	GuestFailed Code = "guest"       // the guest did something wrong, or nothing at all
	Timeout     Code = "timeout"     // a deadline passed
	Canceled    Code = "canceled"    // the caller gave up
	Internal    Code = "internal"    // a defect of banger's
)

// Error is a failure with a code and a remedy.
type Error struct {
	Code   Code
	Remedy string // a sentence or a command; may be empty
	// Operation is the id of the request that failed, when it was another process's; it finds what was done in that one's logs.
	Operation string
	err       error
}

// New makes an Error whose message is formatted as by fmt.Errorf, %w included.
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, err: fmt.Errorf(format, args...)}
}

// WithRemedy sets what the user can do about it and returns e.
func (e *Error) WithRemedy(format string, args ...any) *Error {
	e.Remedy = fmt.Sprintf(format, args...)
	return e
}

// Error is the message without the remedy.
func (e *Error) Error() string { return e.err.Error() }

// Unwrap gives the errors that the message was made from.
func (e *Error) Unwrap() error { return e.err }

// CodeOf is the code of the outermost Error in err's chain, Internal when there is none.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal
}

// RemedyOf is the remedy of the outermost Error in err's chain that has one, else empty.
func RemedyOf(err error) string {
	for {
		e, ok := errors.AsType[*Error](err)
		if !ok {
			return ""
		}
		if e.Remedy != "" {
			return e.Remedy
		}
		err = e.err
	}
}

// OperationOf is the Operation of the first Error in err's chain that has one, else empty.
func OperationOf(err error) string {
	for {
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Operation != "" {
			if ok {
				return e.Operation
			}
			return ""
		}
		err = e.err
	}
}
