package daemon

import (
	"context"
	"fmt"

	"github.com/danielgtaylor/huma/v2"

	"banger/api"
	"banger/internal/disk"
	"banger/internal/initramfs"
	"banger/internal/progress"
	"banger/internal/workspace"
)

func (s *server) serveDiskUsage(a huma.API) {
	get(s, a, "/v1/system/df", func(ctx context.Context, _ *struct{}) (api.DiskUsage, error) { return s.diskUsage(ctx) })
	post(s, a, "/v1/system/prune", func(ctx context.Context, _ *struct{}, sink progress.Sink) (any, error) { return s.prune(ctx, sink) })
}

// area is a folder with things of one kind.
type area struct {
	kind, dir   string
	reclaimable bool
	count       func(context.Context) (int, error)
}

func (s *server) areas() []area {
	return []area{
		{"images", s.paths.Images(), false, func(ctx context.Context) (int, error) { return count(s.images.List(ctx)) }},
		{"kernels", s.paths.Kernels(), false, func(context.Context) (int, error) { return count(s.kernels.List()) }},
		{"vms", s.paths.VMs(), false, func(ctx context.Context) (int, error) { return count(s.fleet.List(ctx)) }},
		{"workspaces", s.paths.Workspaces(), false, func(context.Context) (int, error) { return count(workspace.IDs(s.paths.Workspaces())) }},
		{"snapshots", s.paths.Snapshots(), false, func(ctx context.Context) (int, error) { return count(s.fleet.Snapshots(ctx)) }},
		{"templates", s.paths.Templates(), true, func(context.Context) (int, error) {
			n, _ := s.templates.Stored()
			return n, nil
		}},
		{"cache", s.paths.Cache, false, func(context.Context) (int, error) { return 0, nil }},
	}
}

func count[T any](all []T, err error) (int, error) { return len(all), err }

func (s *server) diskUsage(ctx context.Context) (usage api.DiskUsage, err error) {
	if usage.Free, usage.Total, err = diskSpace(s.paths.State); err != nil {
		return usage, err
	}
	for _, a := range s.areas() {
		item := api.Usage{Kind: a.kind}
		if item.Count, err = a.count(ctx); err != nil {
			return usage, err
		}
		if item.Size, err = disk.TreeSize(a.dir); err != nil {
			return usage, fmt.Errorf("add up what %s take: %w", a.kind, err)
		}
		if a.reclaimable {
			item.Reclaimable = item.Size
		}
		usage.Items = append(usage.Items, item)
	}
	return usage, nil
}

// prune removes what can be made anew and is not in use.
func (s *server) prune(ctx context.Context, sink progress.Sink) (api.Pruned, error) {
	before, err := s.pruneable()
	if err != nil {
		return api.Pruned{}, err
	}
	sink.Phase("remove templates and what is old in the cache")
	defer s.spares.Reconsider()
	if err := s.templates.Clear(); err != nil {
		return api.Pruned{}, err
	}
	if err := initramfs.Cache(s.paths.InitramfsCache()).Prune(); err != nil {
		return api.Pruned{}, fmt.Errorf("remove what is old in the cache: %w", err)
	}
	after, err := s.pruneable()
	return api.Pruned{Freed: before - after}, err
}

// pruneable is the size of what a prune can make smaller.
func (s *server) pruneable() (int64, error) {
	templates, err := disk.TreeSize(s.paths.Templates())
	if err != nil {
		return 0, err
	}
	cache, err := disk.TreeSize(s.paths.Cache)
	return templates + cache, err
}
