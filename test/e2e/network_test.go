package e2e

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"banger/internal/network"
)

// TestInternet is a table of what a guest with the default network does in the internet.
func TestInternet(t *testing.T) {
	o, ok := goOnline(t)
	if !ok {
		return // only root can make the namespaces
	}
	o.allow(t, "internet")
	big := sum(readFile(t, filepath.Join(world.dir, "internet", "www", "big")))
	const apt = "apt-get -qq -o Dir::Etc::SourceList=/dev/shm/list -o Dir::Etc::SourceParts=/dev/null "
	for what, c := range map[string]struct{ script, want string }{
		"by name":              {"curl -sS4 http://www.example.com/where", "93.184.215.14:80 as www.example.com\n"},
		"by an alias":          {"curl -sS4 http://alias.example.com/where", "93.184.215.14:80 as alias.example.com\n"},
		"by name over IPv6":    {"curl -sS6 http://www.example.com/where", "[2606:2800::14]:80 as www.example.com\n"},
		"by literal":           {"curl -sS http://93.184.215.99/where", "93.184.215.99:80 as 93.184.215.99\n"},
		"by literal over IPv6": {"curl -sS 'http://[2606:2800::99]/where'", "[2606:2800::99]:80 as [2606:2800::99]\n"},
		"TLS":                  {"curl -sSk4 https://www.example.com/where", "93.184.215.14:443 as www.example.com SNI www.example.com\n"},
		"a file":               {"curl -sS http://www.example.com/big | sha256sum | cut -d' ' -f1", big + "\n"},
		"UDP":                  {"exec 3<>/dev/udp/93.184.215.14/7; echo word >&3; timeout 60 head -n 1 <&3", "word\n"},
		"UDP over IPv6":        {"exec 3<>/dev/udp/2606:2800::14/7; echo word >&3; timeout 60 head -n 1 <&3", "word\n"},
		"ping":                 {"ping -c 1 -W 60 www.example.com >/dev/null && ping -4 -c 1 -W 60 1.1.1.1 | grep -o '1 received'", "1 received\n"},
		"git":                  {"cd /dev/shm && git clone -q http://git.example.com/repository.git && cat repository/word", "from git\n"},
		"apt":                  {"echo 'deb [trusted=yes] http://deb.example.com/apt ./' >/dev/shm/list; " + apt + "update && " + apt + "install tiny >/dev/null && cat /opt/word", "from apt\n"},
		"no such name":         {"curl -sS http://nobody.example.com/ 2>&1", "curl: (6) Could not resolve host: nobody.example.com\n"},
		"nobody there":         {"curl -sS http://93.184.215.14:81/ 2>&1 | grep -o '(7)'", "(7)\n"},
		"the host is closed":   {"getent hosts host.banger >/dev/null && curl -sS http://host.banger:5432/where 2>&1 | grep -o '(7)'", "(7)\n"},
	} {
		t.Run(what, func(t *testing.T) {
			if r := o.in(t, o.vm.Name, c.script); r.Stdout != c.want {
				t.Errorf("%s\ngot  %q\nwant %q\n%s", c.script, r.Stdout, c.want, r.Stderr)
			}
		})
	}
	all := o.log(t, o.vm)
	opened := slices.IndexFunc(all, func(e network.Entry) bool {
		return e.Event == "opened" && e.Name == "www.example.com" && e.Address == "93.184.215.14" && e.Port == 80 && e.Rule == "internet"
	})
	closed := slices.IndexFunc(all, func(e network.Entry) bool {
		return e.Event == "closed" && e.Received > 8<<20 && e.Seconds > 0 && time.Since(e.Time) < time.Hour
	})
	if opened < 0 || closed < 0 {
		t.Errorf("the log does not tell of a connection and of the file: %+v", all)
	}
}
