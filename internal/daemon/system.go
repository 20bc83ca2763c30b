package daemon

import (
	"context"
	"os"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"banger/api"
	"banger/internal/progress"
	"banger/internal/vmm/host"
)

type shutdownInput struct {
	VMs bool `query:"vms" doc:"stop every VM first"`
}

func (s *server) serveSystem(a huma.API) {
	get(s, a, "/v1/version", func(context.Context, *struct{}) (api.Version, error) {
		return api.Version{Version: s.build.Version, Commit: s.build.Commit, API: "v1"}, nil
	})
	get(s, a, "/v1/status", func(ctx context.Context, _ *struct{}) (api.Status, error) { return s.status(ctx) })
	post(s, a, "/v1/shutdown", func(ctx context.Context, in *shutdownInput, _ progress.Sink) (any, error) {
		if in.VMs {
			if err := s.fleet.StopAll(ctx); err != nil {
				return nil, err
			}
		}
		// The request is under way until it is answered, and the end waits for those.
		s.end()
		return struct{}{}, nil
	})
}

// byState counts VMs.
func (s *server) byState(ctx context.Context) (map[string]int, error) {
	vms, err := s.fleet.List(ctx)
	byState := make(map[string]int)
	for _, v := range vms {
		byState[string(v.State)]++
	}
	return byState, err
}

func (s *server) status(ctx context.Context) (api.Status, error) {
	byState, err := s.byState(ctx)
	if err != nil {
		return api.Status{}, err
	}
	status := api.Status{
		PID: os.Getpid(), Version: s.build.Version, Built: s.build.Time, Socket: s.paths.Socket(),
		Started: s.started, Uptime: time.Since(s.started).Milliseconds(), VMs: byState, Spares: s.spares.Ready(), Proxy: s.web, DNS: s.names.status(),
	}
	choice, err := host.Choose(host.Auto)
	status.Engine, status.Why = choice.Engine, choice.Why
	if err != nil {
		status.Why = err.Error()
	}
	return status, nil
}
