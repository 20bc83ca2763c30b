package client

import (
	"context"
	"net/http"
	"net/url"

	"banger/api"
)

// Snapshots lists every snapshot, oldest first.
func (c *Client) Snapshots(ctx context.Context) (list api.SnapshotList, err error) {
	err = c.do(ctx, http.MethodGet, "/v1/snapshots", nil, &list)
	return list, err
}

// Snapshot gives the snapshot of that name.
func (c *Client) Snapshot(ctx context.Context, name string) (snap api.Snapshot, err error) {
	err = c.do(ctx, http.MethodGet, "/v1/snapshots/"+url.PathEscape(name), nil, &snap)
	return snap, err
}

// DeleteSnapshot deletes a snapshot.
func (c *Client) DeleteSnapshot(ctx context.Context, name string) error {
	return c.do(ctx, http.MethodDelete, "/v1/snapshots/"+url.PathEscape(name), nil, nil)
}

// SnapshotVM keeps a VM as it is, under a name; one that runs goes on.
func (c *Client) SnapshotVM(ctx context.Context, ref, name string, progress Progress) (api.Snapshot, error) {
	return long[api.Snapshot](ctx, c, vmPath(ref)+"/snapshots", api.SnapshotVM{Name: name}, progress)
}

// RestoreVM makes a VM what it was. Without force what it is now is kept as a snapshot first.
func (c *Client) RestoreVM(ctx context.Context, ref, name string, force bool, progress Progress) (api.Restored, error) {
	return long[api.Restored](ctx, c, vmPath(ref)+"/restore", api.RestoreVM{Snapshot: name, Force: force}, progress)
}
