package policy

import (
	"bytes"
	"net/netip"
	"reflect"
	"strings"
	"testing"
)

// roundTrip: a policy is what its text says.
func roundTrip(t *testing.T, p Policy) {
	again, err := Parse(p.String())
	if err != nil || !reflect.DeepEqual(again, p) {
		t.Fatalf("%q is read back as %q, %v", p, again, err)
	}
}

func FuzzParse(f *testing.F) {
	for _, spec := range []string{
		"internet", "none", "host-ports=5432,6379", "none,host-ports=8000-8010/tcp,53/udp",
		"allow=github.com,*.example.org:443,203.0.113.0/24,[2001:db8::]/32:53/udp", "internet,allow=10.0.0.0/8,nas.local,2001:db8::/32", "allow=[::]/0:1-65535",
		"allow=]", "allow=[]:1", "allow=:", "allow=::", "allow=[:", ",", "=", "allow=1.2.3.4/0", "allow=0/0", "allow=*.", "allow=\xff",
	} {
		f.Add(spec)
	}
	f.Fuzz(func(t *testing.T, spec string) {
		p, err := Parse(spec)
		if err != nil {
			if strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' }) || len(err.Error()) > 500 {
				t.Errorf("Parse(%q): %v", spec, err)
			}
			return
		}
		roundTrip(t, p)
	})
}

func FuzzParseFile(f *testing.F) {
	for _, text := range []string{
		"", "allow = [\"github.com\", '*.example.org:443']\nhost_ports = [1, \"2-3/tcp\"]", "base = \"internet\"", "[a]\nb = 1", "a.b = 1", "allow = [[]]", "allow = {a = 1}",
		"base = '''internet'''", "[[allow]]", "allow = [ # x\n 1 ]", "\"allow\" = [1]", "allow = [\"\\u0061.com\"]",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if p, err := ParseFile(bytes.NewReader(text)); err == nil {
			roundTrip(t, p)
		}
	})
}

// FuzzDecide: whatever a guest tries, what is allowed is what the table does not forbid, and the reason can be printed.
func FuzzDecide(f *testing.F) {
	for _, text := range []string{"1.1.1.1", "127.0.0.1", "64:ff9b::7f00:1", "2002:a00:1::", "::ffff:10.0.0.1", "fd00:ec2::254"} {
		f.Add(netip.MustParseAddr(text).AsSlice(), uint16(443), "github.com", "github.com")
	}
	strict, internet := parse(f, "allow=github.com,*.example.org,host-ports=1-100"), parse(f, "internet")
	f.Fuzz(func(t *testing.T, raw []byte, port uint16, name, claim string) {
		addr, _ := netip.AddrFromSlice(raw)
		c := Connection{Protocol: TCP, To: netip.AddrPortFrom(addr, port), Names: []string{name}, Claim: Claim{SNI, claim}, Host: here()}
		for _, p := range []Policy{strict, internet} {
			d := p.Decide(c)
			if strings.ContainsFunc(d.Text, func(r rune) bool { return r < ' ' || r > '~' }) || len(d.Text) > 500 || d.Rule == "" {
				t.Errorf("by %q: %q", d.Rule, d.Text)
			}
			if _, bad := forbidding(bare(d.Dial.Addr())); d.Allowed && bad && !strings.HasPrefix(d.Rule, hostPortsWord) {
				t.Errorf("%s is allowed by %s", addr, d.Rule)
			}
			answer := p.DecideAnswer(c.Host, name, addr)
			if _, bad := forbidding(bare(addr)); answer.Allowed && bad || strings.ContainsFunc(answer.Text, func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Errorf("%s as an answer: allowed %v by %s: %q", addr, answer.Allowed, answer.Rule, answer.Text)
			}
		}
	})
}
