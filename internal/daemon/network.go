package daemon

import (
	"banger/api"
	"banger/internal/network"
	"banger/internal/shim"
	"banger/internal/vm"
)

type networkCheckInput struct {
	VMInput
	Target string `query:"target" required:"true" maxLength:"2048" doc:"a URL, or HOST:PORT with /udp after it if wanted"`
}

type publishInput struct {
	VMInput
	Body api.PublishPort
}

func apiPublished(at []shim.Published) (p api.PublishedPort) {
	if len(at) > 0 {
		p.Address = at[0].Host.String()
	}
	return p
}

// loopback is the address that a VM's ports are mirrored at, if they are.
func loopback(v vm.VM) string {
	if at := v.Loopback(); v.Spec.Expose && at.IsValid() {
		return at.String()
	}
	return ""
}

func apiFinding(f network.Finding) api.NetworkFinding {
	found := api.NetworkFinding{Allowed: f.Allowed, Steps: make([]api.NetworkStep, len(f.Steps))}
	for i, s := range f.Steps {
		found.Steps[i] = api.NetworkStep{Subject: s.Subject, Allowed: s.Allowed, Rule: s.Rule, Reason: s.Text}
	}
	return found
}
