package resolved

import (
	"fmt"
	"net/netip"

	"banger/internal/namegen"
)

// Recipe says what to write for other resolvers, so that they ask a server for names of VMs.
func Recipe(server netip.AddrPort) string {
	return fmt.Sprintf(`dnsmasq, in a file of /etc/dnsmasq.d; NetworkManager with dns=dnsmasq, in one of /etc/NetworkManager/dnsmasq.d:

    server=/%[1]s/%[2]s#%[3]d

unbound, in a file of /etc/unbound/unbound.conf.d:

    server:
        do-not-query-localhost: no
        domain-insecure: "%[1]s"
    stub-zone:
        name: "%[1]s"
        stub-addr: %[2]s@%[3]d

Restart what you changed. banger dns status says whether it works.
`, namegen.Zone, server.Addr(), server.Port())
}
