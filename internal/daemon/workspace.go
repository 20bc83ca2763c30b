package daemon

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"banger/api"
	"banger/internal/progress"
	"banger/internal/tree"
	"banger/internal/vm"
	"banger/internal/workspace"
)

type (
	planInput struct {
		Body api.WorkspaceSource
	}
	prepareInput struct {
		VMInput
		Body api.PrepareWorkspace
	}
	exportInput struct {
		VMInput
		Body api.ExportWorkspace
	}
)

func (s *server) serveWorkspaces(a huma.API) {
	post(s, a, "/v1/workspace/plan", func(ctx context.Context, in *planInput, _ progress.Sink) (any, error) {
		plan, err := workspace.Inspect(ctx, source(in.Body))
		return apiPlan(plan, true), err
	})
	post(s, a, "/v1/vms/{ref}/workspace", func(ctx context.Context, in *prepareInput, sink progress.Sink) (any, error) {
		wanted := vm.Prepare{Source: source(in.Body.WorkspaceSource), Force: in.Body.Force, DryRun: in.Body.DryRun}
		wanted.Path = in.Body.Path
		done, err := s.fleet.Prepare(ctx, in.Ref, wanted, sink)
		return apiPrepared(done, in.Body.DryRun), err
	})
	get(s, a, "/v1/vms/{ref}/workspace/status", func(ctx context.Context, in *VMInput) (api.WorkspaceStatus, error) {
		head, was, err := s.fleet.Moved(ctx, in.Ref)
		return api.WorkspaceStatus{Head: head, Was: was, Moved: head != "" && head != was}, err
	})
	get(s, a, "/v1/vms/{ref}/workspace/changes", func(ctx context.Context, in *VMInput) (api.WorkspaceChanges, error) {
		p, err := s.fleet.Pending(ctx, in.Ref)
		return api.WorkspaceChanges{Files: p.Files, Commits: p.Commits, Exported: p.Exported}, err
	})
	post(s, a, "/v1/vms/{ref}/workspace/export", func(ctx context.Context, in *exportInput, sink progress.Sink) (any, error) {
		out, err := s.fleet.Export(ctx, in.Ref, vm.Export(in.Body), sink)
		return apiExported(out), err
	})
	s.servePatch(a)
}

// servePatch gives the file that an export has made.
func (s *server) servePatch(a huma.API) {
	const path = "/v1/vms/{ref}/workspace/patch"
	huma.Register(a, route(http.MethodGet, path), func(ctx context.Context, in *VMInput) (*huma.StreamResponse, error) {
		patch, err := s.fleet.Patch(ctx, in.Ref)
		if err != nil {
			return nil, s.refused(ctx, path, err)
		}
		return &huma.StreamResponse{Body: func(c huma.Context) {
			defer patch.Close()
			c.SetHeader("Content-Type", "text/x-patch")
			c.SetHeader("X-Content-Type-Options", "nosniff")
			c.SetStatus(http.StatusOK)
			io.Copy(c.BodyWriter(), patch) // the status is sent; a cut answer is all that can be said
		}}, nil
	})
}

func source(w api.WorkspaceSource) workspace.Source {
	return workspace.Source{Path: w.Path, GuestPath: w.GuestPath, Branch: w.Branch, From: w.From, Untracked: w.Untracked, Depth: w.Depth, Export: w.Export}
}

// wanted is what goes into a new VM, nil for nothing.
func wanted(w *api.WorkspaceSource) *workspace.Source {
	if w == nil {
		return nil
	}
	s := source(*w)
	return &s
}

func workspaceOf(v vm.VM) *api.Workspace {
	run := v.Runtime
	if run.WorkspacePath == "" {
		return nil
	}
	w := apiWorkspace(run.WorkspacePath, run.WorkspaceGuestPath, run.WorkspaceCommit, run.WorkspaceAt)
	return &w
}

func apiWorkspace(path, guestPath, commit string, at time.Time) api.Workspace {
	return api.Workspace{Path: path, GuestPath: guestPath, Commit: commit, Prepared: at}
}

// apiPlan tells of a plan, of its files only when they are asked for: there can be very many.
func apiPlan(p *workspace.Plan, files bool) api.WorkspacePlan {
	if p == nil {
		return api.WorkspacePlan{Files: []api.WorkspaceFile{}}
	}
	plan := api.WorkspacePlan{
		Path: p.Root, GuestPath: p.GuestPath, Git: p.Git, Commit: p.Commit, Branch: p.Branch,
		Files: []api.WorkspaceFile{}, LeftBehind: p.LeftBehind, Notices: p.Notices,
	}
	if files {
		for _, f := range p.Files {
			plan.Files = append(plan.Files, api.WorkspaceFile{Path: tree.Quote(f.Path), Mode: octal(f.Mode), Size: f.Size})
		}
	}
	return plan
}

func octal(m tree.Mode) string { return fmt.Sprintf("%06o", m) }

func apiPrepared(p vm.Prepared, files bool) api.PreparedWorkspace {
	done := api.PreparedWorkspace{VM: apiVM(p.VM), Plan: apiPlan(p.Plan, files), Files: p.Sent.Files, Bytes: p.Sent.Bytes}
	for _, path := range p.Sent.Overwritten {
		done.Overwritten = append(done.Overwritten, tree.Quote(path))
	}
	return done
}

func apiExported(x workspace.Exported) api.ExportedWorkspace {
	out := api.ExportedWorkspace{
		Workspace: apiWorkspace(x.Base.Root, x.Base.GuestPath, x.Base.Commit, x.Base.At),
		Files:     make([]api.WorkspaceChange, len(x.Files)), Stat: x.Stat,
		PatchSize: x.PatchSize, Branch: x.Branch, Commits: x.Commits, Applied: x.Applied, Notices: x.Notices,
	}
	for i, f := range x.Files {
		out.Files[i] = api.WorkspaceChange{Path: tree.Quote(f.Path), Status: f.Status, Mode: octal(f.Mode), Added: f.Added, Deleted: f.Deleted, Binary: f.Binary}
	}
	for _, l := range x.LeftOut {
		out.LeftOut = append(out.LeftOut, api.WorkspaceLeftOut{Path: tree.Quote(l.Path), Why: l.Why})
	}
	return out
}
