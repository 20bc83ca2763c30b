package daemon

import (
	"banger/api"
	"banger/internal/network"
)

type networkCheckInput struct {
	VMInput
	Target string `query:"target" required:"true" maxLength:"2048" doc:"a URL, or HOST:PORT with /udp after it if wanted"`
}

func apiFinding(f network.Finding) api.NetworkFinding {
	found := api.NetworkFinding{Allowed: f.Allowed, Steps: make([]api.NetworkStep, len(f.Steps))}
	for i, s := range f.Steps {
		found.Steps[i] = api.NetworkStep{Subject: s.Subject, Allowed: s.Allowed, Rule: s.Rule, Reason: s.Text}
	}
	return found
}
