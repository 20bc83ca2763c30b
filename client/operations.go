package client

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	"banger/api"
	"banger/internal/problem"
)

// Begin asks for what can take long, by its path and body in the API, and does not wait for it: the operation goes on without this
// program. FollowOperation waits.
func (c *Client) Begin(ctx context.Context, path string, body any) (o api.Operation, err error) {
	err = c.do(ctx, http.MethodPost, path, body, &o, "Prefer", "respond-async")
	return o, err
}

// Operations lists the long requests that are under way, oldest first, and with all also those that have ended lately.
func (c *Client) Operations(ctx context.Context, all bool) (list api.OperationList, err error) {
	path := "/v1/operations"
	if all {
		path += "?all=true"
	}
	err = c.do(ctx, http.MethodGet, path, nil, &list)
	return list, err
}

// Operation gives one of them.
func (c *Client) Operation(ctx context.Context, id string) (o api.Operation, err error) {
	err = c.do(ctx, http.MethodGet, operationPath(id), nil, &o)
	return o, err
}

// FollowOperation tells of the progress of an operation, which another client may have begun, until it has ended, and decodes its
// result. What ended it otherwise is the error. When ctx ends the operation goes on.
func (c *Client) FollowOperation(ctx context.Context, id string, progress Progress, result any) error {
	resp, err := send(ctx, c.http, http.MethodGet, operationPath(id)+"/events", nil, "text/event-stream")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if err = readEvents(resp.Body, progress, result); errors.Is(err, errCut) {
		err = broken(ctx, err)
	}
	return err
}

// CancelOperation cancels an operation and gives it as it is once it has ended; it may have been done before.
func (c *Client) CancelOperation(ctx context.Context, id string) (o api.Operation, err error) {
	err = c.do(ctx, http.MethodPost, operationPath(id)+"/cancel", nil, &o)
	return o, err
}

func operationPath(id string) string { return "/v1/operations/" + url.PathEscape(id) }

// ErrLost is what Events gives when its caller has read too slowly and some events were not sent.
var ErrLost = problem.New(problem.Exhausted, "events came faster than they were read, and some were lost").
	WithRemedy("read faster, and look anew at what there is")

// Events calls seen for everything that happens, one event at a time, until ctx ends, which is its error then. kind, unless it is
// empty, is that of the events that are wanted.
func (c *Client) Events(ctx context.Context, kind string, seen func(api.Event)) error {
	path := "/v1/events"
	if kind != "" {
		path += "?kind=" + url.QueryEscape(kind)
	}
	resp, err := send(ctx, c.http, http.MethodGet, path, nil, "text/event-stream")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	err = eachEvent(resp.Body, func(name string, data []byte) (done bool, err error) {
		if name == "lost" {
			return true, ErrLost
		}
		var e api.Event
		if err := json.Unmarshal(data, &e); err != nil {
			return true, problem.New(problem.Internal, "an event of the daemon's is malformed: %w", err)
		}
		seen(e)
		return false, nil
	})
	if errors.Is(err, errCut) {
		err = broken(ctx, err)
	}
	return err
}
