package daemon

import (
	"context"
	"path/filepath"

	"github.com/danielgtaylor/huma/v2"

	"banger/api"
	"banger/internal/kernel"
	"banger/internal/problem"
	"banger/internal/progress"
)

type (
	nameInput struct {
		Name string `path:"name" doc:"its name"`
	}
	pullInput struct {
		Body *api.PullKernel
	}
	importInput struct {
		Body api.ImportKernel
	}
)

func (s *server) serveKernels(a huma.API) {
	get(s, a, "/v1/kernels", func(context.Context, *struct{}) (api.KernelList, error) { return s.listKernels() })
	get(s, a, "/v1/kernels/{name}", func(_ context.Context, in *nameInput) (api.Kernel, error) {
		k, err := s.kernels.Get(in.Name)
		return apiKernel(k), err
	})
	post(s, a, "/v1/kernels/available", func(ctx context.Context, _ *struct{}, sink progress.Sink) (any, error) {
		offers, err := s.kernels.Available(ctx, sink)
		return apiOffers(offers), err
	})
	post(s, a, "/v1/kernels/pull", func(ctx context.Context, in *pullInput, sink progress.Sink) (any, error) {
		name, force := "", false
		if in.Body != nil {
			name, force = in.Body.Name, in.Body.Force
		}
		if name == "" {
			name = s.config.DefaultKernel
		}
		k, err := s.kernels.Pull(ctx, name, force, sink)
		if err == nil && force {
			err = s.retain(ctx)
		}
		return apiKernel(k), err
	})
	post(s, a, "/v1/kernels/import", func(ctx context.Context, in *importInput, sink progress.Sink) (any, error) {
		return s.importKernel(ctx, in.Body, sink)
	})
	remove(s, a, "/v1/kernels/{name}", func(ctx context.Context, in *nameInput) error {
		if err := s.fleet.MayDeleteKernel(ctx, in.Name); err != nil {
			return err
		}
		if err := s.kernels.Delete(ctx, in.Name); err != nil {
			return err
		}
		return s.retain(ctx)
	})
}

func (s *server) listKernels() (api.KernelList, error) {
	kernels, err := s.kernels.List()
	list := api.KernelList{Kernels: make([]api.Kernel, len(kernels))}
	for i, k := range kernels {
		list.Kernels[i] = apiKernel(k.Kernel)
		if k.Err != nil {
			list.Kernels[i].Damage = k.Err.Error()
		}
	}
	return list, err
}

func (s *server) importKernel(ctx context.Context, in api.ImportKernel, sink progress.Sink) (any, error) {
	for _, path := range []string{in.From, in.Modules} {
		if path != "" && !filepath.IsAbs(path) {
			return nil, problem.New(problem.Invalid, "%q is no absolute path, and the daemon has another working directory than you", path).
				WithRemedy("give the whole path")
		}
	}
	k, err := s.kernels.Import(ctx, in.Name, in.From, in.Modules, sink)
	return apiKernel(k), err
}

func apiKernel(k kernel.Kernel) api.Kernel {
	files := make(map[string]string, len(k.Files))
	for name, file := range k.Files {
		files[name] = file.SHA256
	}
	return api.Kernel{
		Name: k.Name, Release: k.Release, Version: k.Version, Source: k.Source,
		Size: k.Size(), Files: files, Options: k.Options, Created: k.Created,
	}
}

func apiOffers(offers []kernel.Offer) api.KernelOffers {
	list := api.KernelOffers{Available: make([]api.KernelOffer, len(offers))}
	for i, o := range offers {
		list.Available[i] = api.KernelOffer{Package: o.Package, Release: o.Release(), Version: o.Version, Kernels: append([]string{}, o.Kernels...)}
	}
	return list
}
