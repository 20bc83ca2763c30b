package client

import (
	"context"
	"net/http"
	"net/url"

	"banger/api"
)

// Kernels lists every kernel, by name.
func (c *Client) Kernels(ctx context.Context) (list api.KernelList, err error) {
	err = c.do(ctx, http.MethodGet, "/v1/kernels", nil, &list)
	return list, err
}

// Kernel gives the kernel of that name.
func (c *Client) Kernel(ctx context.Context, name string) (kernel api.Kernel, err error) {
	err = c.do(ctx, http.MethodGet, "/v1/kernels/"+url.PathEscape(name), nil, &kernel)
	return kernel, err
}

// AvailableKernels asks the host's archive which kernels it has.
func (c *Client) AvailableKernels(ctx context.Context, progress Progress) (api.KernelOffers, error) {
	return long[api.KernelOffers](ctx, c, "/v1/kernels/available", nil, progress)
}

// PullKernel fetches the newest kernel of the host's archive.
func (c *Client) PullKernel(ctx context.Context, req api.PullKernel, progress Progress) (api.Kernel, error) {
	return long[api.Kernel](ctx, c, "/v1/kernels/pull", req, progress)
}

// ImportKernel makes a kernel from files of the host's.
func (c *Client) ImportKernel(ctx context.Context, req api.ImportKernel, progress Progress) (api.Kernel, error) {
	return long[api.Kernel](ctx, c, "/v1/kernels/import", req, progress)
}

// DeleteKernel deletes a kernel that no VM uses.
func (c *Client) DeleteKernel(ctx context.Context, name string) error {
	return c.do(ctx, http.MethodDelete, "/v1/kernels/"+url.PathEscape(name), nil, nil)
}
