package client

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"banger/api"
	"banger/internal/problem"
)

// Progress is told how far a long operation is, one call at a time.
type Progress func(api.Progress)

// errCut is a stream of events that ended without a result.
var errCut = errors.New("the events ended without a result")

// readEvents reads the events of an operation up to the result or the error.
func readEvents(r io.Reader, progress Progress, result any) error {
	return eachEvent(r, func(name string, data []byte) (bool, error) { return event(name, data, progress, result) })
}

// eachEvent reads server-sent events until take says that one was the last.
func eachEvent(r io.Reader, take func(name string, data []byte) (done bool, err error)) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxAnswer)
	var name string
	var data []byte
	for lines.Scan() {
		field, value, _ := bytes.Cut(lines.Bytes(), []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch {
		case len(lines.Bytes()) == 0:
			if done, err := take(name, data); done {
				return err
			}
			name, data = "", nil
		case string(field) == "event":
			name = string(value)
		case string(field) == "data":
			data = append(append(data, value...), '\n')
		}
	}
	return errCut
}

// event takes one event and reports whether it is the last.
func event(name string, data []byte, progress Progress, result any) (done bool, err error) {
	switch name {
	case "progress":
		var p api.Progress
		if err := unmarshal(data, &p); err != nil {
			return true, err
		}
		if progress != nil {
			progress(p)
		}
		return false, nil
	case "result":
		if len(bytes.TrimSpace(data)) == 0 {
			return true, nil
		}
		return true, unmarshal(data, result)
	case "error":
		var p api.Problem
		if err := unmarshal(data, &p); err != nil {
			return true, err
		}
		if p.Code == "" {
			p.Code = string(problem.Internal)
		}
		return true, problemError(p)
	}
	return false, nil // a kind of a newer daemon's
}
