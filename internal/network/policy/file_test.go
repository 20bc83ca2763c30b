package policy

import (
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"banger/internal/problem"
)

func TestParseFile(t *testing.T) {
	for text, want := range map[string]string{
		"# mine\nallow = [ # names\n  \"github.com\",\n\n  '*.example.org:443',\n]\nhost_ports = [5432, \"8000-8010/tcp\"]\n": "allow=github.com,*.example.org:443,host-ports=5432,8000-8010/tcp",
		`base = "internet"`:                             "internet",
		`base = "none"`:                                 "none",
		`host_ports = [1]`:                              "host-ports=1",
		"base = \"none\"\nallow = [\"github.com\"]":     "allow=github.com",
		"base = \"none\"\nhost_ports = [1]":             "none,host-ports=1",
		"allow = []":                                    "none",
		"allow = []\nhost_ports = [1]":                  "none,host-ports=1",
		"base = \"internet\"\nallow = [\"10.0.0.0/8\"]": "internet,allow=10.0.0.0/8",
	} {
		p, err := ParseFile(strings.NewReader(text))
		if err != nil || p.String() != want {
			t.Errorf("%s\nis %q, %v; want %q", text, p, err, want)
		}
	}
}

func TestParseFileSaysWhere(t *testing.T) {
	for text, want := range map[string]string{
		"":                                         "holds no policy",
		"# nothing\n":                              "holds no policy",
		"allow = []\n\nalow = []":                  `line 3: a policy has no key "alow"`,
		"allow = []\n[rules]\nx = 1":               `line 2: a policy has no table "rules"`,
		"[[allow]]\nx = 1":                         `line 1: a policy has no table "allow"`,
		"base.x = 1":                               `line 1: a policy has no key "base"`,
		"base = \"lan\"":                           "line 1: base is neither internet nor none",
		"\nbase = 1":                               "line 2: base is neither internet nor none",
		"allow = \"github.com\"":                   "line 1: allow is no list",
		"allow = [\n\"github.com\",\n\"a b\"\n]":   `line 3: "a b" is no name`,
		"\nhost_ports = [1.5]":                     "line 2: host_ports holds what is neither",
		"\nhost_ports = [[1]]":                     "line 2: host_ports holds what is neither",
		"host_ports = [\n1,\n70000]":               `line 3: "70000" is no port`,
		"allow = []\nallow = []":                   "line 2: ",
		"allow = [":                                "line 1: ",
		"base = \"internet\"\nallow = [\"a.com\"]": "internet opens a.com already",
		strings.Repeat("#", maxText+1):             "has more than",
	} {
		_, err := ParseFile(strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.80q: %v; want one with %q", text, err, want)
		}
		if problem.CodeOf(err) != problem.Invalid || problem.RemedyOf(err) == "" {
			t.Errorf("%.80q: code %s, remedy %q", text, problem.CodeOf(err), problem.RemedyOf(err))
		}
	}
}

func TestParseFileThatCannotBeRead(t *testing.T) {
	broken := errors.New("broken")
	if _, err := ParseFile(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("got %v, want the reader's error", err)
	}
}
