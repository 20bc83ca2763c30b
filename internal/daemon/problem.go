package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"banger/api"
	"banger/internal/problem"
)

const problemType = "application/problem+json"

// statusGone is what nginx made customary for a client that has gone. A daemon that is told to end cancels with it too.
const statusGone = 499

// statuses gives the HTTP status of each code.
var statuses = map[problem.Code]int{
	problem.Invalid:     http.StatusBadRequest,
	problem.NotFound:    http.StatusNotFound,
	problem.Ambiguous:   http.StatusConflict,
	problem.Taken:       http.StatusConflict,
	problem.Conflict:    http.StatusConflict,
	problem.Unavailable: http.StatusServiceUnavailable,
	problem.Exhausted:   http.StatusInsufficientStorage,
	problem.Damaged:     http.StatusInternalServerError,
	problem.GuestFailed: http.StatusBadGateway,
	problem.Timeout:     http.StatusGatewayTimeout,
	problem.Canceled:    statusGone,
	problem.Internal:    http.StatusInternalServerError,
}

// refusal is an error as a client gets it. It satisfies huma.StatusError.
type refusal struct {
	api.Problem
}

// Error is the detail.
func (r *refusal) Error() string { return r.Detail }

// GetStatus is the HTTP status.
func (r *refusal) GetStatus() int { return r.Status }

// ContentType makes huma send it as what it is.
func (r *refusal) ContentType(string) string { return problemType }

// refuse makes an error fit to be sent.
func refuse(err error) *refusal {
	if r, ok := errors.AsType[*refusal](err); ok {
		return r
	}
	code := problem.CodeOf(err)
	if _, known := errors.AsType[*problem.Error](err); !known {
		switch {
		case errors.Is(err, context.Canceled):
			code = problem.Canceled
		case errors.Is(err, context.DeadlineExceeded):
			code = problem.Timeout
		}
	}
	return newRefusal(statuses[code], code, err.Error(), problem.RemedyOf(err))
}

func newRefusal(status int, code problem.Code, detail, remedy string) *refusal {
	return &refusal{api.Problem{
		Type: "about:blank", Title: statusTitle(status), Status: status,
		Detail: detail, Code: string(code), Remedy: remedy,
	}}
}

func statusTitle(status int) string {
	if status == statusGone {
		return "Canceled"
	}
	return http.StatusText(status)
}

// fromHuma makes huma's own errors, which are about requests that do not fit the
// API, look like all others.
func fromHuma(status int, message string, errs ...error) *refusal {
	details := []string{message}
	for _, err := range errs {
		if err != nil {
			details = append(details, complaint(err))
		}
	}
	code := problem.Invalid
	if status >= http.StatusInternalServerError {
		code = problem.Internal
	}
	return newRefusal(status, code, strings.Join(details, ": "), "")
}

// write sends it.
func (r *refusal) write(w http.ResponseWriter) {
	r.Operation = w.Header().Get(operationHeader)
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(r.Status)
	json.NewEncoder(w).Encode(r.Problem) // a client that has gone is no concern
}

// noSuchPath is the answer to a request that the API does not have.
func noSuchPath(r *http.Request, status int) *refusal {
	if status == http.StatusMethodNotAllowed {
		return newRefusal(status, problem.Invalid, fmt.Sprintf("%s does not go with %.200q", r.Method, r.URL.Path), "")
	}
	return newRefusal(http.StatusNotFound, problem.NotFound, fmt.Sprintf("the API has no %.200q", r.URL.Path),
		"the daemon may be older than the program that asks; banger daemon stop lets the next command start a new one")
}
