package web

import (
	"context"
	"crypto/tls"
	"net"
	"strings"
	"time"
)

// patience is how long a server may take.
const patience = time.Second

// question is answered in one line and a few headers; the name is one that servers which are choosy about Host take.
const question = "HEAD / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: banger\r\nConnection: close\r\n\r\n"

// Dial connects to the server.
type Dial func(ctx context.Context) (net.Conn, error)

// Probe asks a server for its front page, within a second. It reports whether the server speaks HTTP/1, and whether TLS. It dials
// a second time when the first answer does not exclude TLS. A server that cannot be reached speaks neither.
func Probe(ctx context.Context, dial Dial) (http, secure bool) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	plain := ask(ctx, dial)
	if ctx.Err() == nil && plain.maybeTLS() {
		var inner answer
		if inner, secure = askSecurely(ctx, dial); secure {
			return inner.http(), true
		}
	}
	return plain.http(), plain.alert()
}

// answer is how a server's answer began; empty when it closed the connection without one.
type answer string

// enough of an answer to tell: HTTP/1.1 200
const enough = 12

const (
	version = "HTTP/1."
	alert   = "\x15\x03"
)

func (a answer) http() bool {
	return len(a) == enough && strings.HasPrefix(string(a), version) && a[8] == ' '
}

// alert: it is one of TLS, which a plain question is to some servers' mind no reason to send.
func (a answer) alert() bool { return strings.HasPrefix(string(a), alert) }

// undecided: what has come of it may become one or the other.
func (a answer) undecided() bool {
	begins := string(a[:min(len(a), len(version))])
	return len(a) < enough && (strings.HasPrefix(version, begins) || strings.HasPrefix(alert, begins))
}

// maybeTLS: servers of TLS tell who asks plainly by an alert, by status 400 of plain HTTP, or not at all.
func (a answer) maybeTLS() bool { return a == "" || a.alert() || a.http() && a[9:] == "400" }

func ask(ctx context.Context, dial Dial) answer {
	conn, err := dial(ctx)
	if err != nil {
		return "unreachable"
	}
	defer conn.Close()
	defer giveUp(ctx, conn)()
	return exchange(conn)
}

// askSecurely asks over TLS, and reports whether the server speaks that.
func askSecurely(ctx context.Context, dial Dial) (a answer, secure bool) {
	conn, err := dial(ctx)
	if err != nil {
		return "", false
	}
	defer conn.Close() // and not the TLS one, which would say goodbye to who may not listen
	defer giveUp(ctx, conn)()
	// Nothing is said that the wrong server must not hear, so it need not prove who it is.
	over := tls.Client(conn, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}})
	if over.HandshakeContext(ctx) != nil {
		return "", false
	}
	return exchange(over), true
}

// giveUp has what waits for conn fail when ctx ends, until stop is called.
func giveUp(ctx context.Context, conn net.Conn) (stop func() bool) {
	return context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
}

// exchange asks, and reads until it is clear what the answer is.
func exchange(conn net.Conn) answer {
	if _, err := conn.Write([]byte(question)); err != nil {
		return ""
	}
	var buf [enough]byte
	n := 0
	for answer(buf[:n]).undecided() {
		more, err := conn.Read(buf[n:])
		n += more
		if err != nil {
			break
		}
	}
	return answer(buf[:n])
}
