package requests

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// FuzzReader holds what comes out against what package net/http finds in it: every request there was decided about, and not against.
func FuzzReader(f *testing.F) {
	for _, sent := range []string{
		get + evil, upgrade + evil, post + "Content-Length: 35\r\n\r\n" + evil + get, "GET http://evil.test/ HTTP/1.1\r\nHost: good.test\r\n\r\n",
		post + "Transfer-Encoding: chunked\r\n\r\n23;x\r\n" + evil + "\r\n0\r\nX: y\r\n\r\n" + evil, post + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + evil,
		"GET / HTTP/1.1\nHost: good.test\n\n" + evil, "GET / HTTP/1.0\r\n\r\n" + get, "GET / HTTP/1.1\r\nA: b\r\n Host: evil.test\r\n\r\n",
	} {
		f.Add([]byte(sent), uint8(7))
	}
	f.Fuzz(func(t *testing.T, sent []byte, piece uint8) {
		out, names, err := follow(&pieces{sent, int(piece) + 1}, new(Answer))
		if !strings.HasPrefix(string(sent), out) || err == nil && out != string(sent) {
			t.Fatalf("%q is not the beginning of %q", out, sent)
		}
		in := bufio.NewReader(strings.NewReader(out))
		for i := 0; ; i++ {
			request, err := http.ReadRequest(in)
			if err != nil {
				return // a path that Go does not take, or the end
			}
			name, _ := host(request.Host)
			if i >= len(names) || !slices.Contains(strings.Split(names[i], "+"), name) || strings.Contains(name, "evil") {
				t.Fatalf("%q: a request for %q, where %q were decided about", out, request.Host, names)
			}
			if _, err := io.Copy(io.Discard, request.Body); err != nil {
				return
			}
		}
	})
}

// pieces gives so much at once.
type pieces struct {
	left []byte
	size int
}

func (p *pieces) Read(buf []byte) (int, error) {
	if len(p.left) == 0 {
		return 0, io.EOF
	}
	piece := p.left[:min(p.size, len(p.left))]
	n, _ := bytes.NewReader(piece).Read(buf)
	p.left = p.left[n:]
	return n, nil
}
