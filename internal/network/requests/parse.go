package requests

import (
	"net/textproto"
	"slices"
	"strconv"
	"strings"
)

const newline = "\r\n"

// request is what must be known of one.
type request struct {
	names     []string
	length    int64 // of a body that is not chunked
	chunked   bool
	websocket bool // asks for one
}

// parse reads a head, which ends with an empty line.
func parse(block string) (q request, err error) {
	lines := lines(block)
	old, err := q.line(lines[0])
	if err != nil {
		return q, err
	}
	head, err := fields(lines[1:])
	if err != nil {
		return q, err
	}
	if err := q.host(head["Host"]); err != nil {
		return q, err
	}
	if err := q.framing(head, old); err != nil {
		return q, err
	}
	return q, q.upgrade(head)
}

// lines gives those of a block without the empty one at its end.
func lines(block string) []string {
	all := strings.Split(block, newline)
	return all[:len(all)-2]
}

// line reads method, target and version. old says that it is that of HTTP/1.0.
func (q *request) line(line string) (old bool, err error) {
	parts := strings.Split(line, " ")
	if len(parts) != 3 || !token(parts[0]) || parts[1] == "" || strings.ContainsFunc(line, control) {
		return false, unclear("the first line is not that of a request")
	}
	method, target, version := parts[0], parts[1], parts[2]
	if version != "HTTP/1.1" && version != "HTTP/1.0" {
		return false, unclear("a request is of another version than 1.1 or 1.0")
	}
	if strings.EqualFold(method, "CONNECT") {
		return false, unclear("a tunnel (CONNECT) leads where no rule sees")
	}
	if target[0] != '/' && target != "*" {
		_, rest, _ := strings.Cut(target, "://")
		if end := strings.IndexAny(rest, "/?#"); end >= 0 {
			rest = rest[:end]
		}
		name, ok := host(rest)
		if !ok || name == "" {
			return false, unclear("a request's target is neither a path nor the URL of a host")
		}
		q.names = append(q.names, name)
	}
	return version == "HTTP/1.0", nil
}

// fields reads the lines of a header or a trailer.
func fields(lines []string) (textproto.MIMEHeader, error) {
	head := textproto.MIMEHeader{}
	for _, line := range lines {
		name, value, found := strings.Cut(line, ":")
		if !found || !token(name) || strings.ContainsFunc(value, func(r rune) bool { return r != '\t' && control(r) }) {
			return nil, unclear("a line of the head is not a name and a value")
		}
		head.Add(name, strings.Trim(value, " \t"))
	}
	return head, nil
}

func (q *request) host(values []string) error {
	if len(values) > 1 {
		return unclear("a request has several Host headers")
	}
	for _, value := range values {
		name, ok := host(value)
		if !ok {
			return unclear("a request's Host is not a host")
		}
		if !slices.Contains(q.names, name) {
			q.names = append(q.names, name)
		}
	}
	return nil
}

// framing finds out where the body ends.
func (q *request) framing(head textproto.MIMEHeader, old bool) (err error) {
	lengths, codings := head["Content-Length"], head["Transfer-Encoding"]
	switch {
	case len(lengths)+len(codings) > 1:
		return unclear("a request says more than once how long it is")
	case len(codings) == 1 && (old || !strings.EqualFold(codings[0], "chunked")):
		return unclear("a request has a transfer coding that is not chunked")
	case len(lengths) == 1:
		if q.length, err = number(lengths[0], 10); err != nil {
			return unclear("a request's Content-Length is not a number")
		}
	}
	q.chunked = len(codings) == 1
	return nil
}

// upgrade: a body behind a request for one would be the other protocol's for a server that is too eager.
func (q *request) upgrade(head textproto.MIMEHeader) error {
	kinds := head["Upgrade"]
	if kinds != nil && (q.chunked || q.length > 0) {
		return unclear("a request for an upgrade has a body")
	}
	q.websocket = len(kinds) == 1 && strings.EqualFold(kinds[0], "websocket")
	return nil
}

// chunkSize reads the line before a chunk, whose extensions nobody needs to know.
func chunkSize(line string) (int64, error) {
	digits, extension, _ := strings.Cut(strings.TrimSuffix(line, newline), ";")
	size, err := number(digits, 16)
	if err != nil || strings.ContainsFunc(extension, control) {
		return 0, unclear("the line before a chunk does not say how long it is")
	}
	return size, nil
}

// checkTrailer refuses one whose fields a server could take for the head's.
func checkTrailer(block string) error {
	head, err := fields(lines(block))
	for _, name := range []string{"Host", "Content-Length", "Transfer-Encoding"} {
		if head[name] != nil {
			return unclear("a trailer has what belongs into a head")
		}
	}
	return err
}

// number reads digits and nothing else.
func number(s string, base int) (int64, error) {
	if s == "" || s[0] == '+' || s[0] == '-' {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseInt(s, base, 64)
}
