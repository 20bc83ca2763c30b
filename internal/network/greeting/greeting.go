package greeting

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"time"
)

// Kind is the protocol that a client's first bytes show.
type Kind string

// The kinds.
const (
	Other Kind = ""     // neither of the following
	TLS   Kind = "tls"  // a ClientHello, or what begins like one
	HTTP  Kind = "http" // what a server could take for a request of HTTP/1, or the preface of HTTP/2 without TLS
)

// Greeting is what a client said first.
type Greeting struct {
	Kind Kind
	// Names are the hosts that were named, in lower case and without port or final dot, each of which a policy must allow. Of TLS it is one
	// or none. Read gives none of HTTP, each of whose requests has its own: package requests reads them.
	Names []string
}

// most is how many bytes are read at most before a greeting counts as cut short. crypto/tls takes no ClientHello above 64 KiB.
const most = 72 << 10

// Read reads from r until it knows, and returns all bytes that it read. It reads no further than r gives without being asked
// again, so that a protocol whose greeting is short is not held up. The error is r's own: more was to come, and nothing is known yet.
func Read(r io.Reader) (Greeting, []byte, error) {
	var seen bytes.Buffer
	source := &source{r: io.LimitReader(r, most), copy: &seen}
	in := bufio.NewReaderSize(source, 4096)
	first, err := in.Peek(1)
	if err != nil {
		return Greeting{}, seen.Bytes(), source.failure
	}
	var g Greeting
	if first[0] == recordHandshake {
		g = Greeting{TLS, hello(in)}
	} else if request(in) {
		g.Kind = HTTP
	}
	return g, seen.Bytes(), source.failure
}

// source keeps a copy of what is read, and how the reading ended.
type source struct {
	r       io.Reader
	copy    *bytes.Buffer
	failure error // but for the end
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.copy.Write(p[:n])
	if err != nil && err != io.EOF {
		s.failure = err
	}
	return n, err
}

// recordHandshake is the first byte of a TLS connection.
const recordHandshake = 22

var errSeen = errors.New("seen")

// hello has crypto/tls parse a ClientHello, and stops it there. One that it does not understand has no names.
func hello(r io.Reader) (names []string) {
	config := &tls.Config{GetConfigForClient: func(h *tls.ClientHelloInfo) (*tls.Config, error) {
		if h.ServerName != "" {
			names = []string{strings.ToLower(h.ServerName)}
		}
		return nil, errSeen
	}}
	tls.Server(deaf{r}, config).HandshakeContext(context.Background())
	return names
}

// deaf is a connection that can only be read.
type deaf struct{ io.Reader }

func (deaf) Write(p []byte) (int, error)      { return len(p), nil }
func (deaf) Close() error                     { return nil }
func (deaf) LocalAddr() net.Addr              { return nil }
func (deaf) RemoteAddr() net.Addr             { return nil }
func (deaf) SetDeadline(time.Time) error      { return nil }
func (deaf) SetReadDeadline(time.Time) error  { return nil }
func (deaf) SetWriteDeadline(time.Time) error { return nil }

// request reports whether the first line is one that a server could take for that of an HTTP request, which many are lenient about. It
// reads on only as long as that may be.
func request(in *bufio.Reader) bool {
	var line []byte
	for word := true; ; {
		b, err := in.ReadByte()
		blank := strings.IndexByte(" \t\r\n", b) >= 0
		switch {
		case err != nil, b == '\n' && len(line) > 0:
			return asks(line)
		case len(line) == 0 && blank:
			continue
		case b == 0, word && !blank && strings.IndexByte(token, b) < 0:
			return false
		}
		word = word && !blank
		line = append(line, b)
	}
}

// token are the characters of a method.
const token = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// asks: a request names its version, or else, before HTTP/1.0, a URL perhaps.
func asks(line []byte) bool {
	line = bytes.ToUpper(line)
	return bytes.Contains(line, []byte("HTTP/")) || bytes.Contains(line, []byte("://"))
}
