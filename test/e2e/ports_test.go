package e2e

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"banger/api"
	"banger/test/harness"
)

// exposedAt is the loopback address of a host's first VM.
const exposedAt = "127.77.0.2"

// unused gives a port of an address that nobody has, and its listener, which has it until it is closed.
func unused(t *testing.T, address string) (port string, l net.Listener) {
	t.Helper()
	l, err := net.Listen("tcp", address+":0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port), l
}

// TestPortsLeadToAVM: what is published and exposed, by address and by name, and for whom.
func TestPortsLeadToAVM(t *testing.T) {
	h := ownHost(t, true)
	port, l := unused(t, exposedAt)
	l.Close()
	taken, _ := unused(t, exposedAt)
	names, l := unused(t, "127.0.0.1")
	l.Close()
	h.Extra = append(h.Extra, "BANGER_DNS_LISTEN=127.0.0.1:"+names)
	must(t, h, "vm", "create", "--name", "web", "--memory", "256M", "--vcpu", "1", "--expose", "-p", ":"+port)
	serve(t, h, "0.0.0.0", port)
	serve(t, h, "0.0.0.0", taken)
	serve(t, h, "127.0.0.1", "9999")
	at := exposedAt + ":" + port
	eventually(t, "the port is mirrored", func() bool { return fetch(at) == "port "+port })

	published := wantPorts(t, h, port, taken)
	if got := fetch(published); got != "port "+port {
		t.Errorf("at %s is %q", published, got)
	}
	for _, address := range []string{at, published} {
		if err := asStranger(address); (err == nil) != (os.Getuid() != 0) { // a plain user is no stranger to itself
			t.Errorf("another user at %s: %v", address, err)
		}
	}
	resolver := net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, "127.0.0.1:"+names)
	}}
	if found, err := resolver.LookupHost(t.Context(), "web.vm"); err != nil || !slices.Equal(found, []string{exposedAt}) {
		t.Errorf("web.vm is %q, %v", found, err)
	}

	more := strings.TrimSpace(must(t, h, "vm", "publish", "web", ":"+port))
	if more != published { // it is published already
		t.Errorf("published again at %s, and not %s", more, published)
	}
	must(t, h, "vm", "unpublish", "web", port)
	must(t, h, "vm", "exec", "web", "--", "pkill", "perl")
	for _, address := range []string{published, at} {
		eventually(t, address+" leads nowhere", func() bool {
			_, err := net.Dial("tcp", address)
			return errors.Is(err, syscall.ECONNREFUSED)
		})
	}
	must(t, h, "vm", "delete", "-f", "web")
}

// wantPorts looks at vm ports, and gives where a port is published.
func wantPorts(t *testing.T, h *harness.Host, port, taken string) (published string) {
	t.Helper()
	seen := map[string]api.Port{}
	for _, p := range mustJSON[api.PortList](t, h, "vm", "ports", "web").Ports {
		seen[strconv.Itoa(p.Port)] = p
	}
	p := seen[port]
	if len(p.Host) != 2 || !strings.HasPrefix(p.Host[0], "127.0.0.1:") || p.Host[1] != exposedAt+":"+port || p.URL != "http://"+p.Host[0] || p.Process != "perl" {
		t.Fatalf("vm ports tells %+v", p)
	}
	if p := seen[taken]; p.Host != nil || p.Why != "the host uses it" || p.URL != "" {
		t.Errorf("of a port that the host uses: %+v", p)
	}
	if p := seen["9999"]; p.Host != nil || p.Why != "" {
		t.Errorf("of one that is the guest's own: %+v", p)
	}
	return p.Host[0]
}

// fetch gives the beginning of what a web server says, up to the first comma.
func fetch(address string) string {
	resp, err := (&http.Client{Timeout: patience}).Get("http://" + address)
	if err != nil {
		return err.Error()
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	said, _, _ := strings.Cut(string(text), ",")
	return said
}

// asStranger tries to talk to an address as another user, which only root can be. Sockets belong to the file system's user of the
// thread that makes them.
func asStranger(address string) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if os.Getuid() == 0 {
		defer syscall.RawSyscall(syscall.SYS_SETFSUID, 0, 0, 0)
		syscall.RawSyscall(syscall.SYS_SETFSUID, 54321, 0, 0)
	}
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err = io.WriteString(conn, "GET / HTTP/1.0\r\n\r\n"); err == nil {
		_, err = io.ReadAll(conn)
	}
	return err
}
