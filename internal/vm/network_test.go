package vm

import (
	"context"
	"net/netip"
	"slices"
	"strconv"
	"testing"

	"banger/internal/guestlink"
	"banger/internal/problem"
	"banger/internal/shim"
)

func TestPolicyOfARunningVM(t *testing.T) {
	b := newBench(t)
	r := ask("web")
	r.Net = "none"
	v := b.create(r)
	d := b.world.double(v.ID)
	if got := d.launch.Network; got.Policy != "none" || got.Loopback.IsValid() {
		t.Errorf("launched with %+v", got)
	}
	if _, err := b.Set(t.Context(), "web", Change{Net: to("host-ports=5432"), Expose: to(true)}); err != nil {
		t.Fatal(err)
	}
	if d.policy != "host-ports=5432" || d.loopback.String() != "127.77.0.2" {
		t.Errorf("told %q and %s", d.policy, d.loopback)
	}
	if _, err := b.Set(t.Context(), "web", Change{Expose: to(false)}); err != nil || d.loopback.IsValid() {
		t.Errorf("%v; mirrored at %s", err, d.loopback)
	}
	if _, err := b.Set(t.Context(), "web", Change{Net: to("lan")}); problem.CodeOf(err) != problem.Invalid {
		t.Errorf("a policy that is none: %v", err)
	}
	b.world.setAt(refuses("policy"))
	if _, err := b.Set(t.Context(), "web", Change{Net: to("internet")}); err == nil {
		t.Error("what the machine refuses passes")
	}
	if v, err := b.Show(t.Context(), "web"); err != nil || v.Spec.Net != "host-ports=5432" {
		t.Errorf("afterwards the record says %q, %v", v.Spec.Net, err)
	}
}

func to[T any](v T) *T { return &v }

// refuses makes one kind of call fail.
func refuses(which string) func(context.Context, string, string) error {
	return func(_ context.Context, call, _ string) error {
		if call == which {
			return problem.New(problem.Taken, "not this one")
		}
		return nil
	}
}

func TestPublish(t *testing.T) {
	b := newBench(t)
	r := ask("web")
	r.Publish = []string{"9090:90", "127.0.0.1:9090:90"}
	v := b.create(r)
	if got := b.world.double(v.ID).launch.Network.Publish; !slices.Equal(got, []string{"127.0.0.1:9090:90"}) {
		t.Errorf("launched with %q", got)
	}
	if _, at, err := b.Publish(t.Context(), "web", "8080:80"); err != nil || len(at) != 1 || at[0].Host.String() != "127.0.0.1:8080" {
		t.Errorf("%v, %v", at, err)
	}
	publishes := func(want ...string) {
		t.Helper()
		if v, err := b.Show(t.Context(), "web"); err != nil || !slices.Equal(v.Spec.Publish, want) {
			t.Errorf("it publishes %q, want %q (%v)", v.Spec.Publish, want, err)
		}
	}
	publishes("127.0.0.1:9090:90", "127.0.0.1:8080:80")
	b.world.setAt(refuses("publish"))
	if _, _, err := b.Publish(t.Context(), "web", "1234:80"); problem.CodeOf(err) != problem.Taken {
		t.Errorf("a port that is taken: %v", err)
	}
	publishes("127.0.0.1:9090:90", "127.0.0.1:8080:80")
	b.world.setAt(nil)
	if _, err := b.Unpublish(t.Context(), "web", "8080"); err != nil {
		t.Error(err)
	}
	publishes("127.0.0.1:9090:90")
	if _, err := b.Stop(t.Context(), "web", 0); err != nil {
		t.Fatal(err)
	}
	if _, at, err := b.Publish(t.Context(), "web", ":22"); err != nil || at != nil {
		t.Errorf("of a stopped VM: %v, %v", at, err)
	}
	publishes("127.0.0.1:9090:90", "127.0.0.1:0:22")
	if _, err := b.Unpublish(t.Context(), "web", "90"); err != nil {
		t.Error(err)
	}
	publishes("127.0.0.1:0:22")
	if _, err := b.Unpublish(t.Context(), "web", "90"); problem.CodeOf(err) != problem.NotFound {
		t.Errorf("again: %v", err)
	}
}

// TestCopiesPublishNothing: the first one has those ports. What they may reach is as with the first one.
func TestCopiesPublishNothing(t *testing.T) {
	b := newBench(t)
	r := ask("web")
	r.Publish, r.Net, r.Expose = []string{"8080:80"}, "none", true
	b.create(r)
	forks, err := b.Fork(t.Context(), "web", 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	n := b.world.double(forks.VMs[0].ID).launch.Network
	if n.Publish != nil || n.Policy != "none" || n.Loopback.String() != "127.77.0.3" || n.Guest.String() != "172.16.0.3" {
		t.Errorf("%+v", n)
	}
}

func TestWhatLeadsToPorts(t *testing.T) {
	b := newBench(t)
	v := b.create(ask("web"))
	d := b.world.double(v.ID)
	at := netip.MustParseAddrPort
	d.ports = []guestlink.Port{
		{Protocol: "tcp", Address: "127.0.0.1", Port: 80}, {Protocol: "tcp", Address: "0.0.0.0", Port: 80, Process: "web"},
		{Protocol: "tcp6", Address: "::", Port: 3000}, {Protocol: "tcp", Address: "172.17.0.1", Port: 3000}, {Protocol: "udp", Address: "0.0.0.0", Port: 80},
	}
	d.forwards = shim.Forwards{
		Published: []shim.Published{{Host: at("127.0.0.1:8080"), Port: 80}, {Host: at("0.0.0.0:80"), Port: 80}, {Host: at("127.0.0.1:2222"), Port: 22}},
		Exposed:   []shim.Exposed{{Port: 3000, Why: "the host uses it"}, {Port: 80, Why: "below 1024"}},
	}
	b.world.setAt(refuses("dial"))
	name, ports, err := b.Ports(t.Context(), "web")
	if err != nil || name != "web" {
		t.Fatal(name, err)
	}
	want := map[string][]string{
		"tcp 127.0.0.1:80":    nil,
		"tcp 0.0.0.0:80":      {"127.0.0.1:8080", "0.0.0.0:80", "below 1024"},
		"tcp6 :::3000":        {"the host uses it"},
		"tcp 172.17.0.1:3000": nil,
		"udp 0.0.0.0:80":      nil,
		"tcp :22":             {"127.0.0.1:2222"},
	}
	for _, p := range ports {
		key := p.Protocol + " " + p.Address + ":" + strconv.Itoa(int(p.Port.Port))
		var got []string
		for _, host := range p.Host {
			got = append(got, host.String())
		}
		if p.Why != "" {
			got = append(got, p.Why)
		}
		expected, known := want[key]
		if !known || !slices.Equal(got, expected) || p.URL != "" {
			t.Errorf("%s: %q, want %q", key, got, expected)
		}
		delete(want, key)
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
}
