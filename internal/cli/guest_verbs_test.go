package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"banger/api"
	"banger/client/clienttest"
	"banger/internal/archive"
	"banger/internal/guestlink"
)

func TestPortsList(t *testing.T) {
	w := newWorld(t)
	list := api.PortList{Ports: []api.Port{
		{Protocol: "tcp", Address: "0.0.0.0", Port: 22, Process: "ss\x1b[2Jhd", PID: 310, Why: "the host uses it"},
		{Protocol: "tcp6", Address: "::", Port: 22, Process: "sshd", PID: 310, Host: []string{"127.0.0.1:2222", "127.77.0.2:22"}, URL: "http://127.0.0.1:2222"}, {Protocol: "udp", Address: "127.0.0.1", Port: 53},
	}}
	w.daemon.Answer("GET /v1/vms/{ref}/ports", list)
	w.run("vm", "ports", "web").want(t, 0, `PORT  PROTOCOL  ADDRESS    PROCESS   PID  HOST                          URL
22    tcp       0.0.0.0    ss?[2Jhd  310  (the host uses it)            -
22    tcp6      ::         sshd      310  127.0.0.1:2222 127.77.0.2:22  http://127.0.0.1:2222
53    udp       127.0.0.1  -         -    -                             -
`)
	w.run("vm", "ports", "-q", "web").want(t, 0, "22/tcp\n53/udp\n")
	var got api.PortList
	if err := json.Unmarshal([]byte(w.run("vm", "ports", "web", "--json").stdout), &got); err != nil || fmt.Sprint(got) != fmt.Sprint(list) {
		t.Errorf("%+v, %v", got, err)
	}
}

// statsDaemon tells of VMs that use half a processor. It has no word of the second one's guest.
func statsDaemon(t *testing.T) *world {
	w := newWorld(t)
	w.daemon.Answer("GET /v1/vms", api.VMList{VMs: []api.VM{{Name: "web", State: "running"}, {Name: "off", State: "stopped"}, {Name: "hung", State: "running"}}})
	var looks atomic.Int64
	w.daemon.Handle("GET /v1/vms/{ref}/stats", func(rw http.ResponseWriter, r *http.Request) {
		name := r.PathValue("ref")
		look := looks.Add(1)
		n := int64(5 << 20)
		s := api.Stats{VM: name, ID: name, At: noon.Add(time.Duration(look) * time.Second), CPU: float64(look) / 2, Own: 100 << 20, Shared: 300 << 20, Disk: 7 << 20}
		if name == "web" {
			s.Guest, s.Read, s.Written = &api.GuestStats{MemTotal: 512 << 20, MemAvailable: 412 << 20, Commands: 2}, &n, &n
		}
		json.NewEncoder(rw).Encode(s)
	})
	return w
}

func TestStatsOnce(t *testing.T) {
	w := statsDaemon(t)
	w.run("vm", "stats").want(t, 0, `NAME  CPU    OWN   SHARED  GUEST MEM    DISK  READ  WRITTEN  COMMANDS
web   50.0%  100M  300M    100M / 512M  7M    5M    5M       2
hung  50.0%  100M  300M    -            7M    -     -        -
`)
	lines := strings.Split(strings.TrimSpace(w.run("vm", "stats", "--json", "hung", "web").stdout), "\n")
	for i, name := range []string{"hung", "web"} {
		var s sample
		if err := json.Unmarshal([]byte(lines[i]), &s); err != nil || s.VM != name || s.Percent != 50 || (s.Guest == nil) != (name == "hung") {
			t.Errorf("line %d: %v, %s", i, err, lines[i])
		}
	}
	w.daemon.Refuse("GET /v1/vms/gone/stats", api.Problem{Code: "conflict", Detail: `VM "gone" does not run`, Remedy: "banger vm start gone"})
	w.run("vm", "stats", "web", "gone").want(t, 1, "", "look at gone", "does not run", "hint: banger vm start gone")
}

func TestRatesTakeTwoLooks(t *testing.T) {
	before := []api.Stats{{ID: "a", At: noon, CPU: 10}, {ID: "again", At: noon, CPU: 10}}
	now := []api.Stats{{ID: "a", At: noon.Add(2 * time.Second), CPU: 13}, {ID: "again", At: noon.Add(time.Second), CPU: 1}, {ID: "new", At: noon, CPU: 5}}
	for i, want := range []float64{150, 0, 0} {
		if got := rates(before, now)[i].Percent; got != want {
			t.Errorf("%s: %v%%, want %v%%", now[i].ID, got, want)
		}
	}
}

func TestPlaces(t *testing.T) {
	for text, want := range map[string]place{
		"web:/x": {"web", "/x"}, "web:": {"web", "."}, "web:a:b": {"web", "a:b"}, "./a:b": {"", "./a:b"}, "/a:b": {"", "/a:b"},
		"dir/a:b": {"", "dir/a:b"}, "plain": {"", "plain"}, "-": {"", "-"}, ":x": {"", ":x"}, "..:x": {"", "..:x"},
	} {
		if got := parsePlace(text); got != want {
			t.Errorf("%q is %+v, want %+v", text, got, want)
		}
	}
}

func TestCp(t *testing.T) {
	w, dir := newWorld(t), t.TempDir()
	source := filepath.Join(dir, "here")
	if err := os.WriteFile(source, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	m := clienttest.NewMachineWith(t, func(conn net.Conn, req guestlink.Request) {
		out := guestlink.NewBulkWriter(conn)
		switch {
		case req.CopyTo != nil:
			guestlink.WriteMessage(conn, guestlink.Response{})
			text, err := io.ReadAll(guestlink.NewBulkReader(conn))
			if err != nil || !strings.Contains(string(text), "text") || req.CopyTo.Path != "there" {
				t.Errorf("the guest got %d bytes for %q, %v", len(text), req.CopyTo.Path, err)
			}
			out.End(guestlink.CopyEnd{LeftOut: 2})
		case req.CopyFrom.Path == "/none\x1b":
			guestlink.Refuse(conn, &guestlink.Error{Code: guestlink.CodeFailed, Message: "no \x1b[2J such file"})
		default:
			guestlink.WriteMessage(conn, guestlink.Response{Source: &guestlink.Source{}})
			archive.Pack(out, source, archive.Options{})
			out.End(guestlink.CopyEnd{})
		}
	})
	w.daemon.Answer("GET /v1/vms/{ref}", m.VM)
	w.run("vm", "cp", source, "web:there").want(t, 0, "", "left out 2: devices")
	w.run("vm", "cp", "web:/x", filepath.Join(dir, "copy")).want(t, 0, "")
	if text, err := os.ReadFile(filepath.Join(dir, "copy")); err != nil || string(text) != "text" {
		t.Errorf("the copy says %q, %v", text, err)
	}
	w.run("vm", "cp", "web:/none\x1b", dir).want(t, 1, "", "copy web:/none? to ", "in the guest: no ?[2J such file")
	if tar := w.run("vm", "cp", "web:/x", "-"); tar.status != 0 || len(tar.stdout)%512 != 0 || !strings.HasPrefix(tar.stdout, "x\x00") {
		t.Errorf("%d, %d bytes, %s", tar.status, len(tar.stdout), tar.stderr)
	}
}
