package daemon

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"banger/api"
	"banger/internal/problem"
	"banger/internal/progress"
	"banger/internal/vm"
)

// VMInput and LongVMInput are what requests about one VM have in common. They are
// exported because huma fills no field of an embedded type that is not.
type (
	VMInput struct {
		Ref string `path:"ref" doc:"name, id, or a prefix of the id that no other VM has"`
	}
	LongVMInput struct {
		VMInput
	}
)

type (
	createInput struct {
		Body api.CreateVM
	}
	stopInput struct {
		VMInput
		Body *api.StopVM
	}
	showInput struct {
		VMInput
		Usage bool `query:"usage" doc:"tell what memory of the host it has too, which takes a little longer"`
	}
	setInput struct {
		VMInput
		Body api.SetVM
	}
	forkInput struct {
		VMInput
		Body api.ForkVM
	}
	killInput struct {
		VMInput
		Body *api.KillVM
	}
	deleteInput struct {
		VMInput
		Force bool `query:"force" doc:"also when it runs"`
	}
)

func (s *server) serveVMs(a huma.API) {
	get(s, a, "/v1/vms", func(ctx context.Context, _ *struct{}) (api.VMList, error) {
		vms, err := s.fleet.List(ctx)
		return api.VMList{VMs: apiVMs(vms)}, err
	})
	get(s, a, "/v1/vms/{ref}", func(ctx context.Context, in *showInput) (api.VM, error) {
		show := s.fleet.Show
		if in.Usage {
			show = s.fleet.ShowUsage
		}
		v, err := show(ctx, in.Ref)
		return apiVM(v), err
	})
	get(s, a, "/v1/vms/{ref}/health", func(ctx context.Context, in *VMInput) (api.Health, error) {
		h, err := s.fleet.Health(ctx, in.Ref)
		return apiHealth(h), err
	})
	get(s, a, "/v1/vms/{ref}/ports", func(ctx context.Context, in *VMInput) (api.PortList, error) {
		name, ports, err := s.fleet.Ports(ctx, in.Ref)
		return s.apiPorts(name, ports), err
	})
	get(s, a, "/v1/vms/{ref}/network/check", func(ctx context.Context, in *networkCheckInput) (api.NetworkFinding, error) {
		found, err := s.fleet.CheckNetwork(ctx, in.Ref, in.Target)
		return apiFinding(found), err
	})
	get(s, a, "/v1/vms/{ref}/stats", func(ctx context.Context, in *VMInput) (api.Stats, error) {
		stats, err := s.fleet.Stats(ctx, in.Ref)
		return apiStats(stats), err
	})
	post(s, a, "/v1/vms", func(ctx context.Context, in *createInput, sink progress.Sink) (any, error) {
		started, err := s.fleet.Create(ctx, request(in.Body), sink)
		return apiStarted(started), err
	})
	post(s, a, "/v1/vms/{ref}/publish", func(ctx context.Context, in *publishInput, _ progress.Sink) (any, error) {
		_, at, err := s.fleet.Publish(ctx, in.Ref, in.Body.Port)
		return apiPublished(at), err
	})
	post(s, a, "/v1/vms/{ref}/unpublish", func(ctx context.Context, in *publishInput, _ progress.Sink) (any, error) {
		v, err := s.fleet.Unpublish(ctx, in.Ref, in.Body.Port)
		return apiVM(v), err
	})
	post(s, a, "/v1/vms/{ref}/start", func(ctx context.Context, in *LongVMInput, sink progress.Sink) (any, error) {
		started, err := s.fleet.Start(ctx, in.Ref, sink)
		return apiStarted(started), err
	})
	post(s, a, "/v1/vms/{ref}/stop", func(ctx context.Context, in *stopInput, _ progress.Sink) (any, error) {
		timeout, err := in.timeout()
		if err != nil {
			return nil, err
		}
		v, err := s.fleet.Stop(ctx, in.Ref, timeout)
		return apiVM(v), err
	})
	post(s, a, "/v1/vms/{ref}/restart", func(ctx context.Context, in *stopInput, sink progress.Sink) (any, error) {
		timeout, err := in.timeout()
		if err != nil {
			return nil, err
		}
		started, err := s.fleet.Restart(ctx, in.Ref, timeout, sink)
		return apiStarted(started), err
	})
	for verb, do := range map[string]func(context.Context, string) (vm.VM, error){"pause": s.fleet.Pause, "resume": s.fleet.Resume} {
		post(s, a, "/v1/vms/{ref}/"+verb, func(ctx context.Context, in *VMInput, _ progress.Sink) (any, error) {
			v, err := do(ctx, in.Ref)
			return apiVM(v), err
		})
	}
	patch(s, a, "/v1/vms/{ref}", func(ctx context.Context, in *setInput) (api.VM, error) {
		v, err := s.fleet.Set(ctx, in.Ref, change(in.Body))
		return apiVM(v), err
	})
	post(s, a, "/v1/vms/{ref}/fork", func(ctx context.Context, in *forkInput, sink progress.Sink) (any, error) {
		forks, err := s.fleet.Fork(ctx, in.Ref, in.Body.Count, sink)
		return api.Forks{VMs: apiVMs(forks.VMs), PausedMillis: float64(forks.Paused) / float64(time.Millisecond)}, err
	})
	post(s, a, "/v1/vms/{ref}/kill", func(ctx context.Context, in *killInput, _ progress.Sink) (any, error) {
		signal := ""
		if in.Body != nil {
			signal = in.Body.Signal
		}
		v, err := s.fleet.Kill(ctx, in.Ref, signal)
		return apiVM(v), err
	})
	remove(s, a, "/v1/vms/{ref}", func(ctx context.Context, in *deleteInput) error {
		return s.fleet.Delete(ctx, in.Ref, in.Force)
	})
}

// maxStop is the longest that a stop may wait for a guest.
const maxStop = time.Hour

// timeout is what a stop may wait; 0 leaves it to the fleet.
func (in *stopInput) timeout() (time.Duration, error) {
	switch {
	case in.Body == nil:
		return 0, nil
	case in.Body.TimeoutMillis < 0 || in.Body.TimeoutMillis > maxStop.Milliseconds():
		return 0, problem.New(problem.Invalid, "a stop can wait 0 to %s, not %d ms", maxStop, in.Body.TimeoutMillis).
			WithRemedy("choose another timeout, or end the VM at once: banger vm kill")
	}
	return millis(in.Body.TimeoutMillis), nil
}

func millis(n int64) time.Duration { return time.Duration(n) * time.Millisecond }

func change(c api.SetVM) vm.Change {
	changed := vm.Change{Name: c.Name, VCPU: c.VCPU, Memory: c.Memory, Disk: c.Disk, System: c.System, Net: c.Net, Expose: c.Expose}
	if c.IdleStop != nil {
		idle := millis(*c.IdleStop)
		changed.IdleStop = &idle
	}
	return changed
}

func request(c api.CreateVM) vm.Request {
	return vm.Request{
		Name: c.Name, Image: c.Image, Kernel: c.Kernel, Engine: c.Engine,
		VCPU: c.VCPU, Memory: c.Memory, Disk: c.Disk, System: c.System,
		Workspace: wanted(c.Workspace),
		Env:       c.Env, Ephemeral: c.Rm, NoFork: c.NoFork, Net: c.Net, Expose: c.Expose, Publish: c.Publish, Start: c.Start, IdleStop: millis(c.IdleStop),
	}
}

func apiVMs(vms []vm.VM) []api.VM {
	list := make([]api.VM, len(vms))
	for i, v := range vms {
		list[i] = apiVM(v)
	}
	return list
}

func apiVM(v vm.VM) api.VM {
	return api.VM{
		ID: v.ID, Name: v.Name, State: string(v.State), Engine: v.Runtime.Engine,
		Image: v.ImageName, Kernel: v.Spec.Kernel, IP: v.Runtime.GuestIP, Net: v.Spec.Policy(), Expose: v.Spec.Expose, Loopback: loopback(v), Publish: v.Spec.Publish,
		VCPU: v.Spec.VCPU, Memory: int64(v.Spec.MemoryMiB) * vm.MiB, Disk: v.Spec.DiskBytes, System: v.Spec.SystemBytes,
		Rm: v.Spec.Ephemeral, Reason: v.Runtime.Reason, BootID: v.Runtime.BootID, Socket: v.Socket,
		Start: v.Runtime.Start, NoFork: v.Spec.NoFork, Own: v.Usage.Own, Shared: v.Usage.Shared,
		IdleStop: v.Spec.IdleStopSeconds * 1000, Pending: v.Pending(),
		Workspace: workspaceOf(v),
		Created:   v.CreatedAt, Started: v.Runtime.StartedAt, Stopped: v.Runtime.StoppedAt, Touched: v.LastTouchedAt,
	}
}

func apiHealth(h vm.Health) api.Health {
	return api.Health{
		Agent: h.Agent.Version, Kernel: h.Agent.Release, Uptime: h.Agent.UptimeMillis,
		MemTotal: h.Agent.MemTotal, MemAvailable: h.Agent.MemAvailable, Commands: h.Agent.Execs,
		SelfTest: append([]string{}, h.SelfTest...),
	}
}

func apiStarted(s vm.Started) api.Started {
	phases := make([]api.Phase, len(s.Phases))
	for i, p := range s.Phases {
		phases[i] = api.Phase{Name: p.Name, Millis: p.Millis}
	}
	started := api.Started{VM: apiVM(s.VM), Phases: phases, Notices: s.Notices}
	if s.Plan != nil {
		plan := apiPlan(s.Plan, false)
		started.Plan = &plan
	}
	return started
}
