package resolver

import (
	"context"
	"io"
	"net"
	"slices"
	"testing"

	"github.com/miekg/dns"
)

// stream is a guest's connection to its resolver; ended is closed when the resolver has done with it.
func stream(t *testing.T, ctx context.Context, g *guest) (conn net.Conn, ended chan struct{}) {
	t.Helper()
	conn, other := net.Pipe()
	ended = make(chan struct{})
	go func() { defer close(ended); g.ServeStream(ctx, other) }()
	t.Cleanup(func() { conn.Close(); <-ended })
	return conn, ended
}

func TestStream(t *testing.T) {
	g := newGuest(t, "internet", serve(t, zone(t, good...)))
	raw, ended := stream(t, context.Background(), g)
	conn := &dns.Conn{Conn: raw}
	for range 3 {
		query := new(dns.Msg).SetQuestion("www.example.org.", dns.TypeA)
		if err := conn.WriteMsg(query); err != nil {
			t.Fatal(err)
		}
		m, err := conn.ReadMsg()
		if err != nil || m.Id != query.Id || !slices.Equal(told(m), []string{"1.2.3.4"}) {
			t.Fatalf("got %v, %v", m, err)
		}
	}
	raw.Close()
	<-ended
}

func TestStreamsThatEnd(t *testing.T) {
	for what, bytes := range map[string][]byte{
		"a query beyond all lengths": append([]byte{0xff, 0xff, 1, 2, 1, 0}, make([]byte, 0xffff-4)...),
		"no query":                   {0, 3, 1, 2, 3},
		"an answer":                  {0, 12, 1, 2, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0},
	} {
		conn, ended := stream(t, context.Background(), newGuest(t, "internet"))
		conn.Write(bytes)
		if n, err := conn.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("%s: read %d bytes, %v", what, n, err)
		}
		conn.Close()
		<-ended
	}
	ctx, cancel := context.WithCancel(context.Background())
	_, ended := stream(t, ctx, newGuest(t, "internet"))
	cancel()
	<-ended
}

func TestSilentStream(t *testing.T) {
	g := newGuest(t, "internet")
	g.pass(-2 * idle) // its deadlines are over
	_, ended := stream(t, context.Background(), g)
	<-ended
}
