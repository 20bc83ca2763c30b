package daemon

import (
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"banger/api"
	"banger/internal/model"
	"banger/internal/network/own"
	"banger/internal/paths"
	"banger/internal/store"
)

// withRecords has the database hold stopped VMs with these names and wishes, at 172.16.0.2 and on.
func withRecords(t *testing.T, p paths.Paths, vms ...model.VMRecord) {
	t.Helper()
	if err := paths.Secure(p.State); err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), p.Database())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.UpsertImage(t.Context(), model.Image{ID: "none", Name: "none", CreatedAt: time.Unix(1, 0), UpdatedAt: time.Unix(1, 0)}); err != nil {
		t.Fatal(err)
	}
	for i, vm := range vms {
		vm.ID, vm.State, vm.ImageID = strings.Repeat(string(rune('a'+i)), 32), model.StateStopped, "none"
		vm.CreatedAt, vm.UpdatedAt, vm.LastTouchedAt = time.Unix(1, 0), time.Unix(1, 0), time.Unix(1, 0)
		if _, err := db.CreateVM(t.Context(), vm, netip.MustParsePrefix("172.16.0.0/24")); err != nil {
			t.Fatal(err)
		}
	}
}

// addressOf asks the daemon's own server.
func addressOf(t *testing.T, server, name string) (rcode int, addr string) {
	t.Helper()
	reply, _, err := new(dns.Client).Exchange(new(dns.Msg).SetQuestion(name, dns.TypeA), server)
	if err != nil {
		t.Fatal(err)
	}
	if len(reply.Answer) > 0 {
		addr = reply.Answer[0].(*dns.A).A.String()
	}
	return reply.Rcode, addr
}

func TestNamesOfExposedVMs(t *testing.T) {
	o := testOptions(testPaths(t))
	o.Config.DNSListen = netip.MustParseAddrPort("127.0.0.1:0")
	withRecords(t, o.Paths, model.VMRecord{Name: "private"}, model.VMRecord{Name: "web", Spec: model.Spec{Expose: true}})
	i := start(t, o)
	status := get200[api.Status](i, "/v1/status").DNS
	if status.Problem != "" || !strings.HasPrefix(status.Listen, "127.0.0.1:") {
		t.Fatalf("status %+v", status)
	}
	port := netip.MustParseAddrPort(status.Listen).Port()
	if !own.Listens(port) {
		t.Error("a guest with host-ports would be let to it")
	}
	for name, want := range map[string]string{"web.vm.": "127.77.0.3", "private.vm.": "", "nobody.vm.": ""} {
		rcode, addr := addressOf(t, status.Listen, name)
		if addr != want || (rcode == dns.RcodeSuccess) != (want != "") {
			t.Errorf("%s: %s, %q, want %q", name, dns.RcodeToString[rcode], addr, want)
		}
	}
	i.stop()
	l, err := net.Listen("tcp", status.Listen)
	if err != nil {
		t.Fatalf("after its end: %v", err)
	}
	l.Close()
	if own.Listens(port) {
		t.Error("its port is still marked")
	}
}

// TestAnAddressForNamesThatIsTaken keeps no daemon from starting; it says so.
func TestAnAddressForNamesThatIsTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	o := testOptions(testPaths(t))
	o.Config.DNSListen = l.Addr().(*net.TCPAddr).AddrPort()
	i := start(t, o)
	status := get200[api.Status](i, "/v1/status").DNS
	if status.Listen != l.Addr().String() || !strings.Contains(status.Problem, "address already in use") {
		t.Errorf("status %+v", status)
	}
	if log, err := os.ReadFile(o.Paths.DaemonLog()); err != nil || !strings.Contains(string(log), "names of VMs are not answered for") {
		t.Errorf("the log has no word of it (%v):\n%s", err, log)
	}
}

func TestNamesThatAreOff(t *testing.T) {
	i := start(t, testOptions(testPaths(t)))
	if status := get200[api.Status](i, "/v1/status").DNS; status != (api.DNS{}) {
		t.Errorf("status %+v", status)
	}
}
