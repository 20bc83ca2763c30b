package greeting

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/textproto"
	"net/url"
	"strings"
	"time"
)

// Kind is the protocol that a client's first bytes show.
type Kind string

// The kinds.
const (
	Other Kind = ""     // neither of the following, or cut short
	TLS   Kind = "tls"  // a ClientHello
	HTTP  Kind = "http" // a request of HTTP/1, or the preface of HTTP/2 without TLS
)

// Greeting is what a client said first.
type Greeting struct {
	Kind Kind
	// Names are the hosts that were named, in lower case and without port or final dot: at most one for TLS, one or more for HTTP, whose
	// request line and Host header may differ. A policy must allow each.
	Names []string
}

// most is how many bytes are read at most before a greeting counts as cut short. crypto/tls takes no ClientHello above 64 KiB.
const most = 72 << 10

// Read reads from r until it knows, and returns all bytes that it read. It reads no further than r gives without being asked
// again, so that a protocol whose greeting is short is not held up. The error is r's own; a greeting that makes no sense is Other.
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
		g = hello(in)
	} else {
		g = request(in)
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

// hello has crypto/tls parse a ClientHello, and stops it there.
func hello(r io.Reader) (g Greeting) {
	config := &tls.Config{GetConfigForClient: func(h *tls.ClientHelloInfo) (*tls.Config, error) {
		g.Kind = TLS
		if h.ServerName != "" {
			g.Names = []string{plain(h.ServerName)}
		}
		return nil, errSeen
	}}
	tls.Server(deaf{r}, config).HandshakeContext(context.Background())
	return g
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

// request parses the head of an HTTP request, if the first line is that of one.
func request(in *bufio.Reader) Greeting {
	if !upper(in) {
		return Greeting{}
	}
	text := textproto.NewReader(in)
	line, err := text.ReadLine()
	method, rest, _ := strings.Cut(line, " ")
	target, version, _ := strings.Cut(rest, " ")
	if err != nil || method == "" || !strings.HasPrefix(version, "HTTP/") {
		return Greeting{}
	}
	head, err := text.ReadMIMEHeader()
	if err != nil {
		return Greeting{Kind: HTTP}
	}
	g := Greeting{Kind: HTTP}
	if u, err := url.Parse(target); err == nil && u.Host != "" {
		g.Names = append(g.Names, plain(u.Host))
	} else if method == "CONNECT" {
		g.Names = append(g.Names, plain(target))
	}
	for _, host := range head.Values("Host") {
		g.Names = append(g.Names, plain(host))
	}
	return g
}

// upper reports whether the first bytes are capital letters, as a method is; it reads on only as long as they are.
func upper(in *bufio.Reader) bool {
	const shortest = 3 // GET, PUT
	for n := 1; n <= shortest; n++ {
		b, err := in.Peek(n)
		if err != nil || b[n-1] < 'A' || b[n-1] > 'Z' {
			return false
		}
	}
	return true
}

func plain(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}
