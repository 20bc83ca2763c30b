package daemon

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"banger/api"
)

// freeAddress is one of the loopback that nobody listens on now.
func freeAddress(t *testing.T) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).AddrPort()
}

// browse asks the proxy for a host.
func browse(t *testing.T, at netip.AddrPort, host string) (int, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+at.String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host, req.Close = host, true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func TestBrowsersAreAnswered(t *testing.T) {
	o := testOptions(testPaths(t))
	furnish(t, &o)
	t.Cleanup(func() { mustBeEmpty(t, o) })
	o.Config.ProxyListen, o.Config.CheckPeer = freeAddress(t), true
	i := again(t, o)
	v := i.create(named("web"))
	post200[api.VM](i, "/v1/vms/web/stop", api.StopVM{TimeoutMillis: 30_000})
	for host, want := range map[string]struct {
		status int
		word   string
	}{
		"web.localhost":               {503, "\n  banger vm start web\n"},
		"nobody.localhost":            {421, "banger vm list"},
		v.ID + ".localhost":           {421, "banger vm list"},
		o.Config.ProxyListen.String(): {421, "banger vm list"},
	} {
		if status, text := browse(t, o.Config.ProxyListen, host); status != want.status || !strings.Contains(text, want.word) {
			t.Errorf("%s: %d %s", host, status, text)
		}
	}
	if got := get200[api.Status](i, "/v1/status").Proxy; got != o.Config.ProxyListen.String() {
		t.Errorf("the status says that it listens on %q", got)
	}
	i.deleteAll()
	i.stop()
	if _, err := net.Dial("tcp", o.Config.ProxyListen.String()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("it still listens: %v", err)
	}
}

func TestAnAddressForBrowsersThatIsTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	o := testOptions(testPaths(t))
	o.Config.ProxyListen = l.Addr().(*net.TCPAddr).AddrPort()
	i := start(t, o)
	if got := get200[api.Status](i, "/v1/status").Proxy; got != "" {
		t.Errorf("the status says that it listens on %q", got)
	}
	log, err := os.ReadFile(o.Paths.DaemonLog())
	if err != nil || !strings.Contains(string(log), "level=WARN msg=\"no browser reaches VMs") || !strings.Contains(string(log), "address already in use") {
		t.Errorf("%s %v", log, err)
	}
}

// Only root can be another user: others see that they themselves are let through.
func TestOtherUsersReachNoVM(t *testing.T) {
	for _, check := range []bool{true, false} {
		o := testOptions(testPaths(t))
		o.Config.ProxyListen, o.Config.CheckPeer = freeAddress(t), check
		start(t, o)
		conn, err := dialAs(o.Config.ProxyListen, 54321)
		if err == nil {
			defer conn.Close()
			_, err = io.WriteString(conn, "GET / HTTP/1.0\r\n\r\n")
		}
		if err == nil {
			_, err = io.ReadAll(conn)
		}
		if refused := err != nil; refused != (check && os.Getuid() == 0) {
			t.Errorf("check_peer is %v: %v", check, err)
		}
	}
}

// dialAs connects as a user, if this one is root. Sockets belong to the file system's user of the thread that makes them. Who is
// refused at once may learn of it here already.
func dialAs(to netip.AddrPort, uid int) (net.Conn, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if os.Getuid() == 0 {
		defer syscall.RawSyscall(syscall.SYS_SETFSUID, 0, 0, 0)
		syscall.RawSyscall(syscall.SYS_SETFSUID, uintptr(uid), 0, 0)
	}
	return net.Dial("tcp", to.String())
}
