package resolved

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"
)

var server = netip.MustParseAddrPort("127.0.0.1:42069")

// The files' paths in a root.
const (
	dropIn = "etc/systemd/resolved.conf.d/banger.conf"
	anchor = "etc/dnssec-trust-anchors.d/banger.negative"
)

// text is the drop-in's.
func text() string { return Files(server)[1].Text }

// world is a Host's folder.
type world struct {
	*Host
	t   *testing.T
	dir string
}

func newWorld(t *testing.T) world {
	t.Helper()
	dir := t.TempDir()
	h, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return world{h, t, dir}
}

// usingResolved is a host of which Debian with systemd-resolved is an example.
func usingResolved(t *testing.T) world {
	w := newWorld(t)
	w.put("run/systemd/resolve/stub-resolv.conf", "# Made by resolved.\nnameserver 127.0.0.53\noptions edns0 trust-ad\nsearch .\n")
	w.put("run/systemd/resolve/resolv.conf", "nameserver 192.0.2.53\n")
	w.put("etc/systemd/resolved.conf", "[Resolve]\n#DNS=\n#Domains=\n#DNSSEC=no\n")
	w.link("../run/systemd/resolve/stub-resolv.conf", "etc/resolv.conf")
	return w
}

func (w world) path(name string) string {
	w.t.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		w.t.Fatal(err)
	}
	return path
}

func (w world) put(name, text string) {
	w.t.Helper()
	if err := os.WriteFile(w.path(name), []byte(text), 0o644); err != nil {
		w.t.Fatal(err)
	}
}

func (w world) link(target, name string) {
	w.t.Helper()
	w.drop(name)
	if err := os.Symlink(target, w.path(name)); err != nil {
		w.t.Fatal(err)
	}
}

func (w world) drop(name string) {
	w.t.Helper()
	if err := os.RemoveAll(w.path(name)); err != nil {
		w.t.Fatal(err)
	}
}
