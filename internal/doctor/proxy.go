package doctor

import (
	"context"
	"fmt"
	"net"

	"banger/api"
)

// checkProxy compares where browsers are to reach VMs with where the daemon listens.
func checkProxy(ctx context.Context, h *host) []Row {
	at := h.config.ProxyListen
	if !at.IsValid() {
		return passed("off, or the configuration cannot be read")
	}
	var daemon api.Status
	err := askDaemon(ctx, h.paths.Socket(), "/v1/status", &daemon)
	switch {
	case err == nil && daemon.Proxy == at.String():
		return passed(fmt.Sprintf("the web server in VM NAME is http://NAME.localhost:%d", at.Port()))
	case err == nil:
		return warned(fmt.Sprintf("the daemon does not listen on %s, so that no browser reaches VMs there: when it started, something else did, or the setting was another", at),
			"end what listens there, or give proxy_listen another value; then banger daemon stop: the next command starts a daemon, and no VM stops")
	}
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", at.String())
	if err != nil {
		return passed(fmt.Sprintf("a daemon that starts will listen on %s", at))
	}
	conn.Close()
	return warned(fmt.Sprintf("no daemon answers, and something else listens on %s, where browsers are to reach VMs", at),
		"end what listens there, or give proxy_listen another value")
}
