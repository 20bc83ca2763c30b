package requests

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// errEvil is what decides against a host of that name.
var errEvil = errors.New("evil")

// follow reads a stream to its end, and gives what came out, which names were decided about, and why it ended.
func follow(client io.Reader, answer *Answer) (out string, names []string, err error) {
	r := New(client, answer, func(said []string) error {
		names = append(names, strings.Join(said, "+"))
		if slices.ContainsFunc(said, func(name string) bool { return strings.Contains(name, "evil") }) {
			return errEvil
		}
		return nil
	})
	all, err := io.ReadAll(r)
	if n, again := r.Read(make([]byte, 1)); n != 0 || again != err && (err != nil || again != io.EOF) {
		err = fmt.Errorf("it went on after its end: %w, %v", again, err)
	}
	return string(all), names, err
}

const (
	get  = "GET / HTTP/1.1\r\nHost: good.test\r\n\r\n"
	evil = "GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n"
	post = "POST / HTTP/1.1\r\nHost: good.test\r\n"
)

func TestStreamsThatGoOn(t *testing.T) {
	for name, c := range map[string]struct{ sent, names string }{
		"nothing":                    {"", ""},
		"pipelined":                  {get + get + get, "good.test good.test good.test"},
		"other names":                {get + strings.Replace(get, "good", "Better", 1), "good.test better.test"},
		"a port and a final dot":     {"GET / HTTP/1.1\r\nhOST:\tgood.test.:8080 \r\n\r\n", "good.test"},
		"an address":                 {"GET / HTTP/1.1\r\nHost: [2001:DB8::1]:80\r\n\r\n", "2001:db8::1"},
		"no name":                    {"GET / HTTP/1.0\r\n\r\n" + get, " good.test"},
		"an empty one":               {"GET / HTTP/1.0\r\nHost:\r\n\r\n", ""},
		"a URL":                      {"GET HTTP://Good.test:80/x?y HTTP/1.1\r\nHost: good.test\r\n\r\n", "good.test"},
		"a URL of another":           {"GET http://better.test?x HTTP/1.1\r\nHost: good.test\r\n\r\n", "better.test+good.test"},
		"a path like a host":         {"GET //evil.test/ HTTP/1.1\r\nHost: good.test\r\n\r\n", "good.test"},
		"all of a server":            {"OPTIONS * HTTP/1.1\r\nHost: good.test\r\n\r\n", "good.test"},
		"a body of its length":       {post + "Content-Length: 35\r\n\r\n" + evil + get, "good.test good.test"},
		"a body of no length":        {post + "Content-Length: 0\r\n\r\n" + get, "good.test good.test"},
		"a body cut short":           {post + "Content-Length: 99\r\n\r\n" + evil, "good.test"},
		"chunks":                     {post + "Transfer-Encoding: Chunked\r\n\r\n0023;x=\"y\"\r\n" + evil + "\r\n0\r\n\r\n" + get, "good.test good.test"},
		"a trailer":                  {post + "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nSum: 1\r\nX: y\r\n\r\n" + get, "good.test good.test"},
		"a long head":                {"GET / HTTP/1.1\r\nCookie: " + strings.Repeat("x", 20000) + "\r\nHost: good.test\r\n\r\n", "good.test"},
		"an offer of HTTP/2":         {"GET / HTTP/1.1\r\nHost: good.test\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n" + get, "good.test good.test"},
		"other letters than ASCII's": {"GET /\xfc HTTP/1.1\r\nX: \xfc\tb\r\nHost: good.test\r\n\r\n", "good.test"},
	} {
		for how, client := range ways(c.sent) {
			out, names, err := follow(client, new(Answer))
			if err != nil || out != c.sent || strings.Join(names, " ") != c.names {
				t.Errorf("%s, %s: %v, decided about %q, and gave %q", name, how, err, names, out)
			}
		}
	}
}

func ways(sent string) map[string]io.Reader {
	return map[string]io.Reader{"whole": strings.NewReader(sent), "by bytes": iotest.OneByteReader(strings.NewReader(sent))}
}

// TestStreamsThatEnd has how much of each goes on.
func TestStreamsThatEnd(t *testing.T) {
	head := func(lines ...string) string { return strings.Join(lines, "\r\n") + "\r\n\r\n" }
	chunked := post + "Transfer-Encoding: chunked\r\n\r\n"
	for name, c := range map[string]struct{ sent, passes string }{
		"another host":                  {evil, ""},
		"another host later":            {get + evil, get},
		"another host after a body":     {post + "Content-Length: 1\r\n\r\nx" + evil, post + "Content-Length: 1\r\n\r\nx"},
		"another host after chunks":     {chunked + "0\r\n\r\n" + evil, chunked + "0\r\n\r\n"},
		"a URL of another":              {head("GET http://evil.test/ HTTP/1.1", "Host: good.test"), ""},
		"a user in a URL":               {head("GET http://good.test:x@better.test/ HTTP/1.1", "Host: good.test"), ""},
		"a URL with a backslash":        {head(`GET http://better.test\@good.test/ HTTP/1.1`, "Host: good.test"), ""},
		"a URL without a host":          {head("GET http:///x HTTP/1.1", "Host: good.test"), ""},
		"a target that is none":         {head("GET evil.test HTTP/1.1", "Host: good.test"), ""},
		"a port that is none":           {head("GET / HTTP/1.1", "Host: good.test:x@better.test"), ""},
		"half an address":               {head("GET / HTTP/1.1", "Host: [::1"), ""},
		"two hosts":                     {head("GET / HTTP/1.1", "Host: good.test", "host: good.test"), ""},
		"a list of hosts":               {head("GET / HTTP/1.1", "Host: good.test, better.test"), ""},
		"a slash in a host":             {head("GET / HTTP/1.1", "Host: good.test/x"), ""},
		"a tunnel":                      {head("CONNECT good.test:443 HTTP/1.1", "Host: good.test"), ""},
		"a tunnel to a path":            {head("CONNECT / HTTP/1.1", "Host: good.test"), ""},
		"a tunnel to a URL":             {head("connect http://good.test/ HTTP/1.1", "Host: good.test"), ""},
		"HTTP/2":                        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", ""},
		"HTTP/2 after an offer":         {head("GET / HTTP/1.1", "Host: good.test", "Upgrade: h2c") + "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", head("GET / HTTP/1.1", "Host: good.test", "Upgrade: h2c")},
		"HTTP/0.9":                      {"GET /\r\n\r\n", ""},
		"another version":               {head("GET / HTTP/1.2", "Host: good.test"), ""},
		"two blanks":                    {head("GET  / HTTP/1.1", "Host: good.test"), ""},
		"a blank at the end":            {head("GET / HTTP/1.1 ", "Host: good.test"), ""},
		"a tab":                         {head("GET\t/ HTTP/1.1", "Host: good.test"), ""},
		"an empty line first":           {"\r\n" + get, ""},
		"LF alone":                      {"GET / HTTP/1.1\nHost: good.test\n\n", ""},
		"LF alone in the midst":         {"GET / HTTP/1.1\r\nHost: good.test\r\nA: b\nC: d\r\n\r\n", ""},
		"CR alone":                      {"GET / HTTP/1.1\r\nHost: good.test\r\nA: b\rHost: evil.test\r\n\r\n", ""},
		"a zero":                        {"GET / HTTP/1.1\r\nHost: good.test\x00.evil\r\n\r\n", ""},
		"a folded line":                 {head("GET / HTTP/1.1", "Host: good.test", "A: b", " c"), ""},
		"a folded host":                 {head("GET / HTTP/1.1", " x: y", "Host: good.test"), ""},
		"a blank before the colon":      {head("GET / HTTP/1.1", "Host: good.test", "Transfer-Encoding : chunked"), ""},
		"no colon":                      {head("GET / HTTP/1.1", "Host: good.test", "Transfer-Encoding"), ""},
		"no name of a field":            {head("GET / HTTP/1.1", "Host: good.test", ": x"), ""},
		"both lengths":                  {post + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", ""},
		"two lengths":                   {post + "Content-Length: 4\r\nContent-Length: 5\r\n\r\nbody", ""},
		"a list of lengths":             {post + "Content-Length: 4, 4\r\n\r\nbody", ""},
		"a length with a sign":          {post + "Content-Length: +4\r\n\r\nbody", ""},
		"a length below nothing":        {post + "Content-Length: -4\r\n\r\nbody", ""},
		"a length without digits":       {post + "Content-Length:\r\n\r\n", ""},
		"a length for giants":           {post + "Content-Length: 18446744073709551617\r\n\r\nx", ""},
		"another coding":                {post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", ""},
		"two codings":                   {post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", ""},
		"a coding of old":               {"POST / HTTP/1.0\r\nHost: good.test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", ""},
		"a chunk without a size":        {chunked + ";x\r\n", chunked},
		"a chunk of hex with a sign":    {chunked + "+1\r\n", chunked},
		"a chunk of 0x":                 {chunked + "0x1\r\n", chunked},
		"a chunk with a blank":          {chunked + "1 \r\nx\r\n", chunked},
		"a chunk's size ended by LF":    {chunked + "1\nx\r\n0\r\n\r\n", chunked},
		"CR in an extension":            {chunked + "1;\rx\r\nx\r\n0\r\n\r\n", chunked},
		"a chunk that is longer":        {chunked + "1\r\nxy\r\n", chunked + "1\r\nx"},
		"a chunk ended by LF":           {chunked + "1\r\nx\n0\r\n\r\n", chunked + "1\r\nx"},
		"a chunk for giants":            {chunked + "ffffffffffffffff1\r\n", chunked},
		"a host in a trailer":           {chunked + "0\r\nHost: evil.test\r\n\r\n", chunked + "0\r\n"},
		"a trailer that is none":        {chunked + "0\r\nGET / HTTP/1.1\r\n\r\n", chunked + "0\r\n"},
		"a head cut short":              {get[:20], ""},
		"a head that is too long":       {"GET / HTTP/1.1\r\nHost: good.test\r\n" + strings.Repeat("A: b\r\n", most/6) + "\r\n", ""},
		"a line that is too long":       {"GET /" + strings.Repeat("x", most) + " HTTP/1.1\r\nHost: good.test\r\n\r\n", ""},
		"a trailer that is too long":    {chunked + "0\r\n" + strings.Repeat("A: b\r\n", most/6+1) + "\r\n", chunked + "0\r\n"},
		"a body where none is told":     {get + "body", get},
		"TLS":                           {"\x16\x03\x01", ""},
		"an upgrade with a body":        {post + "Upgrade: h2c\r\nContent-Length: 4\r\n\r\nbody", ""},
		"an upgrade with chunks":        {post + "Upgrade: websocket\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", ""},
		"more before an upgrade's word": {upgrade + get, upgrade},
	} {
		for how, client := range ways(c.sent) {
			out, names, err := follow(client, new(Answer))
			want := ErrUnclear
			if strings.Contains(strings.Join(names, " "), "evil") {
				want = errEvil
			}
			if out != c.passes || !errors.Is(err, want) {
				t.Errorf("%s, %s: %v, decided about %q, and gave %q", name, how, err, names, out)
			}
		}
	}
}

const upgrade = "GET / HTTP/1.1\r\nHost: good.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"

// TestUpgrades has a server answer the request before the client says more.
func TestUpgrades(t *testing.T) {
	for name, c := range map[string]struct {
		first, answer, then string
		passes              bool
	}{
		"a WebSocket":                 {upgrade, "HTTP/1.1 101 Switching Protocols\r\n", "\x81\x05" + evil, true},
		"refused by the server":       {upgrade, "HTTP/1.1 200 OK\r\n", evil, false},
		"refused, and a frame":        {upgrade, "HTTP/1.1 400 Bad Request\r\n", "\x81\x05hello", false},
		"refused, and a request":      {upgrade, "HTTP/1.1 404 Not Found\r\n", get, true},
		"after a word of another":     {upgrade, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 Switching Protocols\r\n", evil, false},
		"half an answer":              {upgrade, "HTTP/1.1 10", get, false},
		"a later one":                 {get + upgrade, "HTTP/1.1 101 Switching Protocols\r\n", "\x81\x05hello", false},
		"another kind":                {strings.Replace(upgrade, "websocket", "TLS/1.0", 1), "HTTP/1.1 101 Switching Protocols\r\n", "\x16\x03\x01", false},
		"another kind and what it is": {strings.Replace(upgrade, "websocket", "h2c", 1), "HTTP/1.1 101 Switching Protocols\r\n", "PRI * HTTP/2.0\r\n\r\n", false},
	} {
		answer := new(Answer)
		then := readerFunc(func([]byte) (int, error) {
			for _, b := range []byte(c.answer) {
				answer.Saw([]byte{b})
			}
			return 0, io.EOF
		})
		out, _, err := follow(io.MultiReader(strings.NewReader(c.first), then, strings.NewReader(c.then)), answer)
		want := c.first
		if c.passes {
			want += c.then
		}
		if out != want || (err == nil) != c.passes {
			t.Errorf("%s: %v, gave %q", name, err, out)
		}
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// TestNothingWaits proves that what is decided upon goes on without more being asked for: a client may wait for an answer to each part.
func TestNothingWaits(t *testing.T) {
	asked := errors.New("asked for more")
	chunked := post + "Transfer-Encoding: chunked\r\n\r\n"
	for _, sent := range []string{
		get, post + "Expect: 100-continue\r\nContent-Length: 9\r\n\r\n", post + "Content-Length: 9\r\n\r\nbo", upgrade,
		chunked, chunked + "5\r\n", chunked + "5\r\nbo", chunked + "2\r\nbo", chunked + "2\r\nbo\r\n", chunked + "0\r\n", chunked + "0\r\n\r\n",
	} {
		out, _, err := follow(io.MultiReader(strings.NewReader(sent), iotest.ErrReader(asked)), new(Answer))
		if out != sent || err != asked {
			t.Errorf("%q: gave %q, %v", sent, out, err)
		}
	}
}

// TestWhatIsNoRequestIsRefusedAtOnce, when the first byte or line shows it.
func TestWhatIsNoRequestIsRefusedAtOnce(t *testing.T) {
	for _, sent := range []string{"\x81", "\x16", "\r", "GET / HTTP/1.1\n", "GET / HTTP/1.1\r\nHost: good.test\n"} {
		out, _, err := follow(io.MultiReader(strings.NewReader(sent), iotest.ErrReader(errors.New("asked for more"))), new(Answer))
		if out != "" || !errors.Is(err, ErrUnclear) {
			t.Errorf("%q: gave %q, %v", sent, out, err)
		}
	}
}

func TestAnAnswerIsNotKept(t *testing.T) {
	a := new(Answer)
	for range 100 {
		a.Saw([]byte("HTTP/1.1 101 Switching Protocols\r\n"))
	}
	if len(a.seen) > 12 || a.now() != switched {
		t.Errorf("kept %d bytes, and says %d", len(a.seen), a.now())
	}
}
