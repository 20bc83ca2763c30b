package cli

import (
	"context"
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"banger/api"
	vmnames "banger/internal/network/names"
	"banger/internal/problem"
)

// serveNames has the daemon answer for names, with none in them, and this host ask it.
func (w *world) serveNames(t *testing.T) {
	t.Helper()
	s, err := vmnames.Listen(netip.MustParseAddrPort("127.0.0.1:0"), func(context.Context, string) (netip.Addr, error) { return netip.Addr{}, nil })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	w.names = s.Addr().String()
	w.daemon.DNS = api.DNS{Listen: w.names}
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

const dropInPath = "etc/systemd/resolved.conf.d/banger.conf"

func TestDNSInstall(t *testing.T) {
	w, root := emptyWorld(t), t.TempDir()
	w.env["BANGER_DNS_LISTEN"] = "127.0.0.1:5353"
	dry := w.run("dns", "install", "--root", root, "--dry-run")
	dry.want(t, 0, dry.stdout)
	if left, _ := os.ReadDir(root); len(left) != 0 {
		t.Errorf("a dry run has made %v", left)
	}
	w.run("dns", "install", "--root", root).want(t, 0, dry.stdout, "the files are written")
	text, err := os.ReadFile(filepath.Join(root, dropInPath))
	if err != nil || !strings.Contains(string(text), "DNS=127.0.0.1:5353\nDomains=~vm\n") {
		t.Errorf("%v, %q", err, text)
	}
	for line := range strings.Lines(string(text)) {
		if !strings.Contains(dry.stdout, "    "+line) {
			t.Errorf("what was printed lacks %q:\n%s", line, dry.stdout)
		}
	}
	w.run("dns", "install", "--root", root).want(t, 0, dry.stdout, "were there already")
	other := w.run("dns", "install", "--root", root, "--server", "[::1]:4242")
	other.want(t, 0, other.stdout, "the files are written")
	w.run("dns", "uninstall", "--root", root).want(t, 0, "", "removed /etc/dnssec-trust-anchors.d/banger.negative and /"+dropInPath)
	w.run("dns", "uninstall", "--root", root).want(t, 0, "", "nothing is installed")
}

func TestDNSInstallRefuses(t *testing.T) {
	w, root := emptyWorld(t), t.TempDir()
	for _, server := range []string{"localhost:53", "127.0.0.1", "127.0.0.1:0", "[fe80::1%eth0]:53"} {
		w.run("dns", "install", "--root", root, "--server", server).want(t, 2, "", "--server takes an address and port")
	}
	w.run("dns", "install", "--root", root+"/nothing").want(t, 1, "", "no such file")
	w.env["BANGER_DNS_LISTEN"] = "off"
	w.run("dns", "install", "--root", root).want(t, 1, "", "the setting dns_listen is off", "--server")
	writeFile(t, filepath.Join(root, dropInPath), "[Resolve]\n")
	for _, verb := range []string{"install --server 127.0.0.1:4242", "uninstall"} {
		r := w.run(strings.Fields("dns " + verb + " --root " + root)...)
		r.want(t, 1, r.stdout, "/"+dropInPath+" is not banger's", "move it away")
	}
}

// TestDNSRecipe: where nothing can be installed, what to do for other resolvers is printed, and the error says why.
func TestDNSRecipe(t *testing.T) {
	var out strings.Builder
	a := &app{Process: Process{Stdout: &out}}
	err := a.recipe(netip.MustParseAddrPort("127.0.0.1:42069"), problem.New(problem.Unavailable, "there is another resolver"))
	if problem.CodeOf(err) != problem.Unavailable || !strings.Contains(err.Error(), "there is another resolver") || problem.RemedyOf(err) == "" {
		t.Errorf("the error is %v", err)
	}
	for _, line := range []string{"server=/vm/127.0.0.1#42069\n", "stub-addr: 127.0.0.1@42069\n"} {
		if !strings.Contains(out.String(), line) {
			t.Errorf("no %q in\n%s", line, out.String())
		}
	}
}

func TestDNSStatus(t *testing.T) {
	root := t.TempDir()
	w := newWorld(t)
	off := w.run("dns", "status", "--root", root)
	off.want(t, 1, off.stdout, "the setting dns_listen is off")

	w = newWorld(t)
	w.serveNames(t)
	w.env["BANGER_DNS_LISTEN"] = w.names
	host := w.names
	w.names = ""
	r := w.run("dns", "status", "--root", root)
	r.want(t, 1, r.stdout, "banger dns install")
	for _, want := range []string{host, "answers:           yes", "has not been told"} {
		if !strings.Contains(r.stdout, want) {
			t.Errorf("no %q in\n%s", want, r.stdout)
		}
	}
	w.run("dns", "install", "--root", root)
	w.names = host
	r = w.run("dns", "status", "--root", root)
	if !strings.Contains(r.stdout, "has been told\n") || !strings.Contains(r.stdout, "finds NAME.vm") || r.status != 0 || r.stderr != "" {
		t.Errorf("%d, %s\n%s", r.status, r.stdout, r.stderr)
	}
	w.run("dns", "install", "--root", root, "--server", "127.0.0.1:1")
	var got dnsStatus
	r = w.run("dns", "status", "--root", root, "--json")
	if err := json.Unmarshal([]byte(r.stdout), &got); err != nil || got != (dnsStatus{Listen: host, Files: "stale", Resolves: true}) {
		t.Errorf("%v, %s", err, r.stdout)
	}
}

// TestDNSStatusOfAServerThatIsNone: an address that is taken, and a server that is another's.
func TestDNSStatusOfAServerThatIsNone(t *testing.T) {
	w := newWorld(t)
	w.daemon.DNS = api.DNS{Listen: "127.0.0.1:42069", Problem: "address already in use"}
	r := w.run("dns", "status", "--root", t.TempDir())
	r.want(t, 1, r.stdout, "set dns_listen to another address")
	if !strings.Contains(r.stdout, "address already in use") {
		t.Errorf("says\n%s", r.stdout)
	}
	w = newWorld(t)
	w.daemon.DNS = api.DNS{Listen: "127.0.0.1:0"} // where nobody can be asked
	r = w.run("dns", "status", "--root", t.TempDir())
	r.want(t, 1, r.stdout, "set dns_listen to another address")
}
