package publish

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"banger/internal/network/relay"
	"banger/internal/problem"
)

// guest tells clients which port they reached, and leaves them connected.
type guest struct{}

func (guest) Serve(ctx context.Context, client relay.Conn, port uint16) error {
	fmt.Fprintln(client, port)
	<-ctx.Done()
	client.Reset()
	return nil
}

func newSet(t *testing.T) *Set {
	s := NewSet(guest{}, nil)
	t.Cleanup(s.Close)
	return s
}

func publish(t *testing.T, s *Set, text string) netip.AddrPort {
	t.Helper()
	spec, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	at, err := s.Publish(spec)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// reached dials, and reads which port of the guest's that is.
func reached(t *testing.T, at netip.AddrPort) (net.Conn, string) {
	t.Helper()
	c, err := net.Dial("tcp", at.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(10 * time.Second)) // so that a client that nobody resets fails the test
	line := make([]byte, 20)
	n, err := c.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	return c, strings.TrimSpace(string(line[:n]))
}

func wantProblem(t *testing.T, err error, code problem.Code, message, remedy string) {
	t.Helper()
	if err == nil || err.Error() != message || problem.CodeOf(err) != code || problem.RemedyOf(err) != remedy {
		t.Errorf("got  %v: %s (%s)\nwant %s: %s (%s)", err, problem.RemedyOf(err), problem.CodeOf(err), message, remedy, code)
	}
}

func TestPublished(t *testing.T) {
	s := newSet(t)
	web := publish(t, s, ":80")
	six := publish(t, s, "[::1]::443")
	if c, port := reached(t, web); port != "80" || c.RemoteAddr().String() != web.String() || !web.Addr().IsLoopback() {
		t.Errorf("%s leads to %s", web, port)
	}
	if _, port := reached(t, six); port != "443" {
		t.Errorf("%s leads to %s", six, port)
	}
	for _, again := range []string{":80", fmt.Sprintf("%d:80", web.Port())} {
		if at := publish(t, s, again); at != web {
			t.Errorf("%s is published again, at %s", again, at)
		}
	}
	want := []string{"127.0.0.1:0:80 at " + web.String(), "[::1]:0:443 at " + six.String()}
	if got := listed(s.List()); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func listed(all []Published) (lines []string) {
	for _, p := range all {
		lines = append(lines, fmt.Sprintf("%s at %s", p.Spec, p.Addr))
	}
	return lines
}

func TestUnpublish(t *testing.T) {
	s := newSet(t)
	first := publish(t, s, ":80")
	number := strconv.Itoa(int(first.Port()))
	second := publish(t, s, ":"+number)
	c, _ := reached(t, first)
	for _, want := range []netip.AddrPort{first, second} { // it is a port of the host's before it is one of the guest's
		if ended, err := s.Unpublish(number); err != nil || len(ended) != 1 || ended[0].Addr != want {
			t.Errorf("ended %v, %v, and not %s", ended, err, want)
		}
	}
	_, err := s.Unpublish(number)
	wantProblem(t, err, problem.NotFound, fmt.Sprintf("%q is not published", number), "banger vm ports shows what is")
	if _, err := io.ReadAll(c); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("its client saw %v", err)
	}
	if c, err := net.Dial("tcp", first.String()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("it still listens: %v, %v", c, err)
	}
}

func TestUnpublishBySpec(t *testing.T) {
	s := newSet(t)
	publish(t, s, ":80")
	at := publish(t, s, "0:90")
	for _, which := range []string{":80", fmt.Sprintf("%d:90", at.Port())} {
		if ended, err := s.Unpublish(which); err != nil || len(ended) != 1 {
			t.Errorf("%s: %v, %v", which, ended, err)
		}
	}
	if _, err := s.Unpublish("web"); problem.CodeOf(err) != problem.Invalid {
		t.Error(err)
	}
}

func TestAPortThatIsTaken(t *testing.T) {
	s := newSet(t)
	at := publish(t, s, ":80")
	_, err := newSet(t).Publish(Spec{at, 90})
	wantProblem(t, err, problem.Taken, fmt.Sprintf("port %d of this host is in use at 127.0.0.1", at.Port()),
		fmt.Sprintf("use 127.0.0.1:0:90 for a free port; ss -ltnp 'sport = :%d' shows who has this one", at.Port()))
	_, err = s.Publish(Spec{at, 90})
	wantProblem(t, err, problem.Taken, at.String()+" leads to port 80 of the VM already",
		fmt.Sprintf("unpublish %d first, or use 127.0.0.1:0:90 for a free port", at.Port()))
}

func TestWhatCannotBeListenedOn(t *testing.T) {
	_, err := newSet(t).Publish(Spec{netip.MustParseAddrPort("192.0.2.1:8080"), 80})
	wantProblem(t, err, problem.Invalid, "192.0.2.1 is no address of this host", "ip address shows which are; 127.0.0.1 always is")
	low := Spec{netip.MustParseAddrPort("127.0.0.1:80"), 3000}
	wantProblem(t, explain(low, fmt.Errorf("bind: %w", syscall.EACCES)), problem.Unavailable, "port 80 of this host is low, and a plain user may not listen on it",
		"use a higher one, such as 127.0.0.1:8080:3000; or as root, for all users: sysctl net.ipv4.ip_unprivileged_port_start=80")
	if err := explain(low, syscall.EMFILE); !errors.Is(err, syscall.EMFILE) || err.Error() != "publish 127.0.0.1:80:3000: too many open files" {
		t.Error(err)
	}
}

func TestTheMost(t *testing.T) {
	s := newSet(t)
	var all sync.WaitGroup
	for port := range uint16(Most) {
		all.Go(func() { s.Publish(Spec{netip.AddrPortFrom(loopback, 0), port + 1}) })
	}
	all.Wait()
	if n := len(s.List()); n != Most {
		t.Fatalf("%d are published", n)
	}
	_, err := s.Publish(Spec{netip.AddrPortFrom(loopback, 0), Most + 1})
	wantProblem(t, err, problem.Exhausted, "64 ports of the VM are published, which is the most", "unpublish one")
}

func TestClose(t *testing.T) {
	s := newSet(t)
	at := publish(t, s, ":80")
	s.Close()
	if _, err := net.Dial("tcp", at.String()); !errors.Is(err, syscall.ECONNREFUSED) || len(s.List()) != 0 {
		t.Errorf("it still listens: %v", err)
	}
	_, err := s.Publish(Spec{at, 80})
	wantProblem(t, err, problem.Conflict, "port 80 of the VM cannot be published: its network has ended", "")
}

func TestWhoIsNotAdmittedIsReset(t *testing.T) {
	s := NewSet(guest{}, func(net.Conn) bool { return false })
	defer s.Close()
	c, err := net.Dial("tcp", publish(t, s, ":80").String()) // which may see the reset already
	if err == nil {
		_, err = c.Read(make([]byte, 1))
		c.Close()
	}
	if !errors.Is(err, syscall.ECONNRESET) {
		t.Error(err)
	}
}
