package client

import (
	"context"
	"net/http"

	"banger/api"
)

// DiskUsage tells what banger takes on the disk.
func (c *Client) DiskUsage(ctx context.Context) (usage api.DiskUsage, err error) {
	err = c.do(ctx, http.MethodGet, "/v1/system/df", nil, &usage)
	return usage, err
}

// Prune removes what can be made anew: templates, and what is old in the cache.
func (c *Client) Prune(ctx context.Context, progress Progress) (api.Pruned, error) {
	return long[api.Pruned](ctx, c, "/v1/system/prune", nil, progress)
}
