package policy

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"banger/internal/problem"
)

func parse(t testing.TB, spec string) Policy {
	t.Helper()
	p, err := Parse(spec)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestParseGivesTheShortestForm(t *testing.T) {
	for spec, want := range map[string]string{
		"internet":                 "internet",
		"none":                     "none",
		"host-ports=5432,6379":     "host-ports=5432,6379",
		"internet,host-ports=5432": "host-ports=5432",
		"none,host-ports=5432":     "none,host-ports=5432",
		"host-ports=8000-8010/tcp,8000-8010/tcp,53-53/udp,none":                                        "none,host-ports=8000-8010/tcp,53/udp",
		"none,allow=github.com":                                                                        "allow=github.com",
		" allow=GitHub.com. , *.Example.org:443 ,203.0.113.0/24":                                       "allow=github.com,*.example.org:443,203.0.113.0/24",
		"allow=[2001:db8::]/32:53/udp,2001:db8::/32,[2001:db8::1]:80-90,2001:DB8::1/128,[2001:db8::2]": "allow=[2001:db8::]/32:53/udp,2001:db8::/32,[2001:db8::1]:80-90,2001:db8::1,2001:db8::2",
		"allow=203.0.113.7:443/tcp,203.0.113.7/32":                                                     "allow=203.0.113.7:443/tcp,203.0.113.7",
		"host-ports=1,allow=github.com,host-ports=2,allow=gitlab.com":                                  "allow=github.com,gitlab.com,host-ports=1,2",
		"internet,allow=10.0.0.0/8,host-ports=1":                                                       "internet,allow=10.0.0.0/8,host-ports=1",
		"internet,allow=nas.home.arpa,printer.local,intranet":                                          "internet,allow=nas.home.arpa,printer.local,intranet",
		"allow=0.0.0.0/0,::/0":                                                                         "allow=0.0.0.0/0,::/0",
	} {
		p, err := Parse(spec)
		if err != nil || p.String() != want {
			t.Errorf("Parse(%q) is %q, %v; want %q", spec, p, err, want)
		}
		if again := parse(t, want); again.String() != want {
			t.Errorf("%q is read back as %q", want, again)
		}
	}
}

func TestParseSaysWhatIsWrong(t *testing.T) {
	for spec, want := range map[string]string{
		"":                                 `"" is no network policy`,
		"lan":                              `"lan" is no network policy`,
		"5432":                             `"5432" is no network policy`,
		"internet,none":                    "not both",
		"internet,allow=github.com":        "internet opens github.com already",
		"internet,allow=*.org":             "internet opens *.org already",
		"host-ports=":                      `"" is no port`,
		"host-ports=0":                     `"0" is no port`,
		"host-ports=65536":                 `"65536" is no port`,
		"host-ports=08":                    `"08" is no port`,
		"host-ports=9-8":                   `"9-8" is no port`,
		"host-ports=-8":                    `"-8" is no port`,
		"host-ports=80/sctp":               `"sctp" is no protocol`,
		"host-ports=80/":                   `"" is no protocol`,
		"allow=":                           "it has 0 bytes",
		"allow=github.com,":                "it has 0 bytes",
		"allow=github.com:":                `"" is no port`,
		"allow=github.com/tcp":             "is no name",
		"allow=https://github.com":         "is a URL",
		"allow=*":                          "is no name",
		"allow=*.*.org":                    "is no name",
		"allow=git*.com":                   "is no name",
		"allow=a.*.com":                    "is no name",
		"allow=a..com":                     "a part of it has 0 bytes",
		"allow=-a.com":                     "is no name",
		"allow=bücher.example":             "is no name",
		"allow=127.1":                      "neither a name nor an address",
		"allow=2130706433":                 "neither a name nor an address",
		"allow=0x7f000001":                 "neither a name nor an address",
		"allow=0177.0.0.1":                 "neither a name nor an address",
		"allow=203.0.113.7/24":             "did you mean 203.0.113.0/24?",
		"allow=203.0.113.0/33":             "no address and no range",
		"allow=fe80::1%eth0":               "no address and no range",
		"allow=::ffff:10.0.0.0/104":        "in IPv6's form",
		"allow=[::1]":                      "cannot be opened: it is loopback",
		"allow=127.0.0.0/8":                "cannot be opened: it is loopback",
		"allow=127.0.0.1:80":               "cannot be opened: it is loopback",
		"allow=169.254.169.254":            "cannot be opened: it is a cloud's metadata",
		"allow=192.0.0.0/28":               "cannot be opened: it is IETF",
		"allow=fd00:ec2::254":              "cannot be opened: it is Amazon",
		"allow=64:ff9b:1::/48":             "cannot be opened",
		"allow=224.0.0.1":                  "cannot be opened: it is multicast",
		"allow=host.banger":                "cannot be opened by name",
		"allow=*.banger":                   "cannot be opened by name",
		"allow=web.vm":                     "cannot be opened by name",
		"allow=localhost:80":               "cannot be opened by name",
		"allow=" + strings.Repeat("a", 64): "a part of it has 64 bytes",
		"allow=a\x1b[31m.com":              `a\x1b[31m.com`,
		strings.Repeat(",", maxText+1):     "is too long",
		"host-ports=" + many(maxItems+1):   "more than 1000 things",
	} {
		_, err := Parse(spec)
		if err == nil || !strings.Contains(fmt.Sprintf("%v; %s", err, problem.RemedyOf(err)), want) {
			t.Errorf("Parse(%.80q): %v; want one with %q", spec, err, want)
		}
		if err != nil && (problem.CodeOf(err) != problem.Invalid || problem.RemedyOf(err) == "" || strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' })) {
			t.Errorf("Parse(%.80q): code %s, remedy %q, %v", spec, problem.CodeOf(err), problem.RemedyOf(err), err)
		}
	}
}

func many(n int) string {
	words := make([]string, n)
	for i := range words {
		words[i] = fmt.Sprint(i + 1)
	}
	return strings.Join(words, ",")
}

func TestZeroPolicyIsNone(t *testing.T) {
	if got := (Policy{}).String(); got != "none" {
		t.Errorf("the zero policy is %q, want none", got)
	}
}

func TestPolicyIsAStringInJSON(t *testing.T) {
	type row struct{ Net Policy }
	text, err := json.Marshal(row{parse(t, "allow=github.com,host-ports=1")})
	if want := `{"Net":"allow=github.com,host-ports=1"}`; err != nil || string(text) != want {
		t.Fatalf("got %s, %v; want %s", text, err, want)
	}
	var back row
	if err := json.Unmarshal(text, &back); err != nil || back.Net.String() != "allow=github.com,host-ports=1" {
		t.Errorf("read back as %q, %v", back.Net, err)
	}
	if err := json.Unmarshal([]byte(`{"Net":"lan"}`), &back); err == nil || back.Net.String() == "none" {
		t.Errorf("a policy that is none was read as %q, %v", back.Net, err)
	}
}
