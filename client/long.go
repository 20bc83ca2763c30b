package client

import (
	"context"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"time"

	"banger/internal/problem"
)

// undoTimeout is how long the daemon may take to undo what was cancelled.
const undoTimeout = 30 * time.Second

// long sends a request that can take long and gives its result. When ctx ends, the daemon
// hears of it by the end of our half of the connection, and long waits for its last
// word: that comes when what was done has been undone.
func long[T any](ctx context.Context, c *Client, path string, in any, progress Progress) (result T, err error) {
	conn, err := c.dial(ctx)
	if err != nil {
		return result, broken(ctx, err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() {
		conn.CloseWrite()
		conn.SetReadDeadline(time.Now().Add(undoTimeout))
	})()
	over := httpOver(&http.Transport{DisableKeepAlives: true, DialContext: func(context.Context, string, string) (net.Conn, error) {
		return conn, nil
	}})
	err = follow(context.WithoutCancel(ctx), over, path, in, progress, &result)
	if ctx.Err() != nil && (problem.CodeOf(err) == problem.Canceled || problem.CodeOf(err) == problem.Unavailable) {
		err = context.Cause(ctx)
	}
	return result, err
}

func follow(ctx context.Context, over *http.Client, path string, in any, progress Progress, result any) error {
	resp, err := send(ctx, over, http.MethodPost, path, in, "text/event-stream")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); kind != "text/event-stream" {
		return decode(ctx, resp, result)
	}
	err = readEvents(resp.Body, progress, result)
	if errors.Is(err, errCut) {
		err = broken(ctx, io.ErrUnexpectedEOF)
	}
	return err
}
