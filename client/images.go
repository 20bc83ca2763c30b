package client

import (
	"context"
	"net/http"
	"net/url"

	"banger/api"
)

// Images lists every image, oldest first.
func (c *Client) Images(ctx context.Context) (list api.ImageList, err error) {
	err = c.do(ctx, http.MethodGet, "/v1/images", nil, &list)
	return list, err
}

// Image gives the image of that name.
func (c *Client) Image(ctx context.Context, name string) (image api.Image, err error) {
	err = c.do(ctx, http.MethodGet, "/v1/images/"+url.PathEscape(name), nil, &image)
	return image, err
}

// BuildImage makes an image from the host's Debian archive.
func (c *Client) BuildImage(ctx context.Context, req api.BuildImage, progress Progress) (api.Image, error) {
	return long[api.Image](ctx, c, "/v1/images", req, progress)
}

// WarmImage makes the template that VMs of an image and a shape are forked from, if there is none yet.
func (c *Client) WarmImage(ctx context.Context, name string, req api.WarmImage, progress Progress) error {
	_, err := long[struct{}](ctx, c, "/v1/images/"+url.PathEscape(name)+"/warm", req, progress)
	return err
}

// DeleteImage deletes an image that no VM uses.
func (c *Client) DeleteImage(ctx context.Context, name string) error {
	return c.do(ctx, http.MethodDelete, "/v1/images/"+url.PathEscape(name), nil, nil)
}
