package greeting

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// clientHello is what Go's own client sends first to a server of the given name.
func clientHello(t testing.TB, name string) []byte {
	t.Helper()
	client, server := net.Pipe()
	go func() {
		tls.Client(client, &tls.Config{ServerName: name, InsecureSkipVerify: true}).Handshake()
		client.Close()
	}()
	defer server.Close()
	buf := make([]byte, 8192)
	n, err := server.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	return buf[:n]
}

func TestGreetings(t *testing.T) {
	hello := string(clientHello(t, "Example.org"))
	for name, c := range map[string]struct {
		sent  string
		kind  Kind
		names []string
	}{
		"TLS":                           {hello, TLS, []string{"example.org"}},
		"TLS and early data":            {hello + "more", TLS, []string{"example.org"}},
		"TLS in two records":            {twoRecords(hello), TLS, []string{"example.org"}},
		"TLS without a name":            {string(clientHello(t, "192.0.2.1")), TLS, nil},
		"TLS cut short":                 {hello[:60], TLS, nil},
		"a record that is no handshake": {"\x16\x03\x01\x00\x02ab", TLS, nil},
		"a name that Go does not take":  {strings.Replace(hello, "Example.org", "evil.tests.", 1), TLS, nil},
		"HTTP":                          {"GET / HTTP/1.1\r\nhost: Example.org.:8080\r\n\r\n", HTTP, nil},
		"a head cut short":              {"GET / HTTP/1.1\r\nHost: a", HTTP, nil},
		"a line cut short":              {"GET / HTTP/1.1", HTTP, nil},
		"a line without an end":         {"GET /" + strings.Repeat("HTTP/1.1", 20000), HTTP, nil},
		"HTTP/2 without TLS":            {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", HTTP, nil},
		"small letters":                 {"get / http/1.1\r\n", HTTP, nil},
		"a short method":                {"* / HTTP/1.1\r\n", HTTP, nil},
		"empty lines first":             {"\r\n \n\r\nGET / HTTP/1.1\r\n", HTTP, nil},
		"other blanks":                  {"GET\t / HTTP/1.1\n", HTTP, nil},
		"controls in the path":          {"GET /\x01 HTTP/1.1\r\n", HTTP, nil},
		"HTTP/0.9 of a URL":             {"GET http://evil.test/\r\n", HTTP, nil},
		"SMTP":                          {"EHLO example.org\r\n", Other, nil},
		"SSH":                           {"SSH-2.0-OpenSSH_9.2\r\n", Other, nil},
		"Redis":                         {"*1\r\n$4\r\nPING\r\n", Other, nil},
		"LDAP":                          {"0\r\x02\x01\x01\x60\x08\x02\x01\x03\x04\x00\x80\x01x", Other, nil},
		"AMQP":                          {"AMQP\x00\x00\x09\x01", Other, nil},
		"nothing":                       {"", Other, nil},
	} {
		for how, r := range map[string]io.Reader{"whole": strings.NewReader(c.sent), "by bytes": iotest.OneByteReader(strings.NewReader(c.sent))} {
			g, raw, err := Read(r)
			if err != nil || g.Kind != c.kind || !slices.Equal(g.Names, c.names) {
				t.Errorf("%s, %s: %+v, %v, want %q %q", name, how, g, err, c.kind, c.names)
			}
			if !strings.HasPrefix(c.sent, string(raw)) || len(raw) > most {
				t.Errorf("%s, %s: gave back %d bytes that are not the first of what was sent", name, how, len(raw))
			}
		}
	}
}

// twoRecords sends the same handshake message in two records.
func twoRecords(hello string) string {
	body := hello[5:]
	record := func(s string) string { return "\x16\x03\x01" + string([]byte{byte(len(s) >> 8), byte(len(s))}) + s }
	return record(body[:40]) + record(body[40:])
}

// TestNoMoreIsAskedForThanNeeded proves that a short first message is not held up for more to come.
func TestNoMoreIsAskedForThanNeeded(t *testing.T) {
	for _, sent := range []string{"\x00", "a\n", "<stream>", "AMQP\x00", "*1\r\n", "\r\n\x00", "0\r\x02\x00", "NICK x\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", string(clientHello(t, "a.test"))} {
		asked := errors.New("asked again")
		_, raw, err := Read(io.MultiReader(strings.NewReader(sent), iotest.ErrReader(asked)))
		if err != nil || string(raw) != sent {
			t.Errorf("%.10q: %v, %d bytes of %d", sent, err, len(raw), len(sent))
		}
	}
}

func TestFailureIsTold(t *testing.T) {
	broken := errors.New("broken")
	if _, raw, err := Read(io.MultiReader(strings.NewReader("GET "), iotest.ErrReader(broken))); err != broken || string(raw) != "GET " {
		t.Errorf("%q, %v", raw, err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(clientHello(f, "example.org"))
	f.Add([]byte("GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		g, raw, err := Read(bytes.NewReader(sent))
		if err != nil || !bytes.HasPrefix(sent, raw) || g.Kind == Other && g.Names != nil {
			t.Errorf("%+v %q %v", g, raw, err)
		}
	})
}
