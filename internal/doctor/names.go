package doctor

import (
	"context"
	"fmt"

	"banger/api"
)

// checkNames asks a daemon that runs whether it answers for names of VMs.
func checkNames(ctx context.Context, h *host) []Row {
	var status api.Status
	if err := askDaemon(ctx, h.paths.Socket(), "/v1/status", &status); err != nil {
		return passed("no daemon answers that could be asked")
	}
	switch dns := status.DNS; {
	case dns.Problem != "":
		return warned(dns.Problem, "end what listens there, or set dns_listen to another address; then banger daemon stop, and the next command starts it again")
	case dns.Listen == "":
		return passed("names of VMs are not answered for: the setting dns_listen is off")
	default:
		return passed(fmt.Sprintf("names of VMs are answered for at %s; banger dns status says whether this host asks there", dns.Listen))
	}
}
