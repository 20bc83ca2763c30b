package e2e

import (
	"encoding/hex"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"banger/api"
	"banger/internal/network"
	"banger/test/harness"
)

// escape is an attempt of a guest's root to reach what it must not.
type escape struct {
	name   string
	policy string   // the VM's; internet when empty
	script string   // for bash, which fails
	frames [][]byte // sent instead
	// asks are the names that the host's DNS server may be asked for, and dials what the host may connect to before the guest has said a name.
	asks  []string
	dials string
	// rule is what refuses it in the log, and about stands there, too: an address, a name, or a part of the reason.
	rule, about string
}

// TestEscapes tries them all. Each fails, the log says so, and nothing comes out that was not to.
func TestEscapes(t *testing.T) {
	o, ok := goOnline(t)
	if !ok {
		return // only root can make the namespaces
	}
	probe := filepath.Join(t.TempDir(), "probe")
	if err := harness.BuildProbe(probe); err != nil {
		t.Fatal(err)
	}
	must(t, o.Host, "vm", "cp", probe, o.vm.Name+":/root/probe")
	must(t, o.Host, append([]string{"vm", "create", "--name", "neighbour"}, small...)...)
	neighbour := mustJSON[api.VM](t, o.Host, "vm", "show", "neighbour")
	policy := ""
	for _, e := range slices.Concat(addressEscapes, nameEscapes, neighbourEscapes(t, o.vm, neighbour), frameEscapes(t, o.vm, neighbour)) {
		if e.policy == "" {
			e.policy = "internet"
		}
		if e.policy != policy {
			policy = e.policy
			o.allow(t, policy)
		}
		t.Run(e.name, func(t *testing.T) { o.try(t, e) })
	}
	must(t, o.Host, "vm", "delete", "-f", neighbour.Name)
}

func (o online) try(t *testing.T, e escape) {
	t.Helper()
	seen(t)
	known := len(o.log(t, o.vm))
	o.commit(t, e)
	o.wantRefused(t, e, known)
	s := seen(t)
	for _, packet := range s.Packets {
		if packet != e.dials && (packet != "udp 8.8.8.8:53" || len(e.asks) == 0) {
			t.Errorf("this came out: %s", packet)
		}
	}
	for _, name := range s.Queries {
		if !slices.Contains(e.asks, name) {
			t.Errorf("this name was asked for: %s", name)
		}
	}
}

func (o online) commit(t *testing.T, e escape) {
	t.Helper()
	if e.frames == nil {
		if r := o.in(t, o.vm.Name, e.script); r.Exit == 0 {
			t.Errorf("it succeeded: %s%s", r.Stdout, r.Stderr)
		}
		return
	}
	args := []string{"vm", "exec", o.vm.Name, "--", "/root/probe", "frame", "eth0"}
	for _, frame := range e.frames {
		args = append(args, hex.EncodeToString(frame))
	}
	must(t, o.Host, args...)
}

// wantRefused waits until the log tells. Of frames with another's sender it tells once a second, so they are sent again.
func (o online) wantRefused(t *testing.T, e escape, known int) {
	t.Helper()
	told := func(entry network.Entry) bool {
		text := strings.Join([]string{entry.Address, entry.Name, entry.Said, entry.Error}, " ")
		return entry.Event == "refused" && entry.Rule == e.rule && strings.Contains(text, e.about)
	}
	for deadline := time.Now().Add(20 * time.Second); ; {
		entries := o.log(t, o.vm)[known:]
		if slices.ContainsFunc(entries, told) {
			return
		}
		if time.Now().After(deadline) {
			t.Errorf("not told by the log: %q about %q; it has %+v", e.rule, e.about, entries)
			return
		}
		if e.frames != nil {
			o.commit(t, e)
		}
	}
}
