package harness

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestInternetAnswersAndSees talks to it as a host does, and to the host itself.
func TestInternetAnswersAndSees(t *testing.T) {
	if os.Getuid() != 0 {
		return // only root can make the namespaces
	}
	if err := Adopt(); err != nil {
		t.Fatal(err)
	}
	before := Look()
	dir := t.TempDir()
	i, err := StartInternet(filepath.Join(dir, "internet"))
	if err != nil {
		t.Fatal(err)
	}
	h := &Host{Programs: "/bin", Home: dir}
	i.Join(h)
	const script = `exec 2>&1
http() { exec 3<>/dev/tcp/$1/$2 && printf 'GET /where HTTP/1.0\r\nHost: x\r\n\r\n' >&3 && tail -1 <&3; }
http 10.0.0.5 80; http fd00::1 8080; http 127.0.0.1 5432; http 93.184.216.2 8080
exec 3<>/dev/udp/93.184.215.14/7; echo word >&3; timeout 60 head -n 1 <&3
getent ahostsv4 chain.example.net | head -1; cat /proc/sys/net/ipv4/ping_group_range`
	r := h.Program("bash", "-c", script).Run(t.Context())
	want := "10.0.0.5:80 as x\n[fd00::1]:8080 as x\n127.0.0.1:5432 as x\n93.184.216.2:8080 as x\nword\n10.0.0.5        STREAM lan.example.net\n0\t2147483647\n"
	if r.Stdout != want {
		t.Errorf("it says\n%s\nwant\n%s%s", r.Stdout, want, r.Stderr)
	}
	seen, err := i.Seen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(seen.Packets)
	wantSeen := []string{
		"tcp 10.0.0.5:80", "tcp 127.0.0.1:5432", "tcp 93.184.216.2:8080", "tcp [fd00::1]:8080", "udp 8.8.8.8:53", "udp 93.184.215.14:7",
	}
	if got := slices.Compact(seen.Packets); !slices.Equal(got, wantSeen) {
		t.Errorf("it saw %q, want %q", got, wantSeen)
	}
	if got := slices.Compact(seen.Queries); !slices.Equal(got, []string{"chain.example.net"}) {
		t.Errorf("it was asked for %q", got)
	}
	if again, err := i.Seen(t.Context()); err != nil || len(again.Packets)+len(again.Queries) != 0 {
		t.Errorf("asked again, it saw %+v, %v", again, err)
	}
	if err := i.Close(); err != nil {
		t.Error(err)
	}
	if left := before.Left(); len(left) != 0 {
		t.Errorf("left: %s", strings.Join(left, "\n"))
	}
}
