package client

import (
	"context"
	"io"
	"net/http"

	"banger/api"
)

// PlanWorkspace tells what would go into a guest. No VM is needed.
func (c *Client) PlanWorkspace(ctx context.Context, source api.WorkspaceSource, progress Progress) (api.WorkspacePlan, error) {
	return long[api.WorkspacePlan](ctx, c, "/v1/workspace/plan", source, progress)
}

// PrepareWorkspace puts a repository or folder into a running VM, or brings the one that is there up to date.
func (c *Client) PrepareWorkspace(ctx context.Context, ref string, p api.PrepareWorkspace, progress Progress) (api.PreparedWorkspace, error) {
	return long[api.PreparedWorkspace](ctx, c, vmPath(ref)+"/workspace", p, progress)
}

// WorkspaceStatus tells whether the repository of a VM's workspace has moved on.
func (c *Client) WorkspaceStatus(ctx context.Context, ref string) (status api.WorkspaceStatus, err error) {
	err = c.do(ctx, http.MethodGet, vmPath(ref)+"/workspace/status", nil, &status)
	return status, err
}

// WorkspaceChanges tells what of a running VM's workspace would be lost with it.
func (c *Client) WorkspaceChanges(ctx context.Context, ref string) (changes api.WorkspaceChanges, err error) {
	err = c.do(ctx, http.MethodGet, vmPath(ref)+"/workspace/changes", nil, &changes)
	return changes, err
}

// ExportWorkspace brings the changes of a running VM's workspace out.
func (c *Client) ExportWorkspace(ctx context.Context, ref string, e api.ExportWorkspace, progress Progress) (api.ExportedWorkspace, error) {
	return long[api.ExportedWorkspace](ctx, c, vmPath(ref)+"/workspace/export", e, progress)
}

// WorkspacePatch reads the patch that the latest export of a VM has made. The caller closes it. The guest wrote most of
// it: it is safe to apply, but control characters in it must not reach a terminal.
func (c *Client) WorkspacePatch(ctx context.Context, ref string) (io.ReadCloser, error) {
	resp, err := send(ctx, c.http, http.MethodGet, vmPath(ref)+"/workspace/patch", nil, "text/x-patch")
	if err != nil {
		return nil, err
	}
	return resp.Body, nil
}
