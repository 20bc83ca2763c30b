package forward

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"testing"

	"banger/internal/network/relay"
)

// guest has a listener of the host's stand for one of the guest's.
type guest struct{ server string }

func (g guest) Serve(ctx context.Context, client relay.Conn, port uint16) error {
	server, err := new(net.Dialer).DialContext(ctx, "tcp", g.server)
	if err != nil || port != 8080 {
		client.Reset()
		return errors.New("nobody listens")
	}
	defer context.AfterFunc(ctx, client.Reset)()
	return relay.Pipe(relay.Host(server), client, relay.Small, func(int, int) {})
}

var anywhere = netip.MustParseAddrPort("127.0.0.1:0")

// server gives back what a client sends, when it has ended, in capitals.
func server(t *testing.T) guest {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				said, _ := io.ReadAll(c)
				c.Write(bytes.ToUpper(said))
			}()
		}
	}()
	return guest{l.Addr().String()}
}

func listen(t *testing.T, config Config) *Forward {
	t.Helper()
	config.Host = anywhere
	f, err := Listen(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

func dial(t *testing.T, f *Forward) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", f.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c.(*net.TCPConn)
}

// ask sends a word, ends, and gives the answer. A reset is told by the first call that meets it.
func ask(c *net.TCPConn) (string, error) {
	_, failed := io.WriteString(c, "word")
	c.CloseWrite()
	answer, err := io.ReadAll(c)
	return string(answer), errors.Join(failed, err)
}

func TestAClientReachesTheGuest(t *testing.T) {
	f := listen(t, Config{Port: 8080, Guest: server(t)})
	for range 3 {
		if answer, err := ask(dial(t, f)); answer != "WORD" || err != nil {
			t.Errorf("%q, %v", answer, err)
		}
	}
}

func TestWhoIsNotServedIsReset(t *testing.T) {
	for name, config := range map[string]Config{
		"nobody listens": {Port: 9, Guest: server(t)},
		"not admitted":   {Port: 8080, Guest: server(t), Admit: func(net.Conn) bool { return false }},
	} {
		c, err := net.Dial("tcp", listen(t, config).Addr().String()) // which may see the reset already
		if err == nil {
			_, err = ask(c.(*net.TCPConn))
			c.Close()
		}
		if !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheNextWaitsForALimit(t *testing.T) {
	f := listen(t, Config{Port: 8080, Guest: server(t), Limit: 1})
	first, second := dial(t, f), dial(t, f)
	io.WriteString(second, "second")
	second.CloseWrite()
	if answer, err := ask(first); answer != "WORD" || err != nil {
		t.Errorf("%q, %v", answer, err)
	}
	if answer, err := io.ReadAll(second); string(answer) != "SECOND" || err != nil {
		t.Errorf("%q, %v", answer, err)
	}
}

// TestAdmitSeesTheSocket: of what wraps it nobody can tell whose it is.
func TestAdmitSeesTheSocket(t *testing.T) {
	f := listen(t, Config{Port: 8080, Guest: server(t), Admit: func(c net.Conn) bool { _, is := c.(*net.TCPConn); return is }})
	c := dial(t, f)
	c.Write([]byte("seen"))
	c.CloseWrite()
	if answer, err := io.ReadAll(c); string(answer) != "SEEN" || err != nil {
		t.Errorf("%q, %v", answer, err)
	}
}

func TestCloseResetsClients(t *testing.T) {
	admitted := make(chan struct{})
	f := listen(t, Config{Port: 8080, Guest: server(t), Admit: func(net.Conn) bool { close(admitted); return true }})
	c := dial(t, f)
	<-admitted
	f.Close()
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the client saw %v", err)
	}
	if _, err := net.Dial("tcp", f.Addr().String()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("it still listens: %v", err)
	}
}

// stopped is a forward that listens no more, with a client.
func stopped(t *testing.T) (*Forward, *net.TCPConn) {
	t.Helper()
	admitted := make(chan struct{})
	f := listen(t, Config{Port: 8080, Guest: server(t), Admit: func(net.Conn) bool { close(admitted); return true }})
	c := dial(t, f)
	<-admitted
	f.Stop()
	return f, c
}

func TestStopLeavesClientsToGoOn(t *testing.T) {
	f, c := stopped(t)
	if _, err := net.Dial("tcp", f.Addr().String()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("it still listens: %v", err)
	}
	again, err := Listen(Config{Host: f.Addr(), Port: 8080, Guest: guest{}})
	if err != nil {
		t.Fatalf("its port cannot be used anew: %v", err)
	}
	again.Close()
	if answer, err := ask(c); answer != "WORD" || err != nil {
		t.Errorf("%q, %v", answer, err)
	}
	f.Wait()
}

func TestCloseResetsClientsOfWhatWasStopped(t *testing.T) {
	f, c := stopped(t)
	f.Close()
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the client saw %v", err)
	}
}

func TestAllAddressesAreThoseOfOneKind(t *testing.T) {
	for _, both := range [][]string{{"0.0.0.0:0", "::"}, {"[::]:0", "0.0.0.0"}} {
		f, err := Listen(Config{Host: netip.MustParseAddrPort(both[0]), Port: 8080, Guest: guest{}})
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		other := netip.AddrPortFrom(netip.MustParseAddr(both[1]), f.Addr().Port())
		g, err := Listen(Config{Host: other, Port: 8080, Guest: guest{}})
		if err != nil {
			t.Fatalf("%s holds the other kind's too: %v", f.Addr(), err)
		}
		defer g.Close()
		if f.Addr().Addr().String() == other.Addr().String() || g.Addr() != other {
			t.Errorf("they listen on %s and %s", f.Addr(), g.Addr())
		}
	}
}

func TestAPortThatIsTaken(t *testing.T) {
	f := listen(t, Config{Port: 8080, Guest: guest{}})
	_, err := Listen(Config{Host: f.Addr(), Port: 8080, Guest: guest{}})
	if !errors.Is(err, syscall.EADDRINUSE) || !strings.HasPrefix(err.Error(), "forward port 8080 of the guest: ") {
		t.Error(err)
	}
}
