package client

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"

	"banger/api"
	"banger/internal/process"
)

// StopDaemon ends the daemon and returns when its process is gone. Machines run on, unless vms
// says that they are to be stopped first.
func (c *Client) StopDaemon(ctx context.Context, vms bool, progress Progress) error {
	return c.stop(ctx, vms, progress)
}

func (c *Client) stop(ctx context.Context, vms bool, progress Progress) error {
	id, err := process.Of(c.status.PID)
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	if err != nil {
		return err
	}
	path := "/v1/shutdown"
	if vms {
		path += "?vms=true"
	}
	if _, err := long[struct{}](ctx, c, path, nil, progress); err != nil && id.Alive() {
		return fmt.Errorf("stop the daemon: %w", err)
	}
	c.http.CloseIdleConnections()
	if err := id.Wait(ctx); err != nil {
		return fmt.Errorf("stop the daemon: %w", err)
	}
	return nil
}

// Refresh asks the daemon how it is now.
func (c *Client) Refresh(ctx context.Context) (api.Status, error) {
	err := c.greet(ctx)
	return c.status, err
}

// Doctor runs the daemon's program as "bangerd doctor", which works without a daemon, and gives its
// exit status. An error means that it could not be run.
func Doctor(ctx context.Context, program string, args []string, streams Streams) (int, error) {
	cmd := exec.CommandContext(ctx, program, append([]string{"doctor"}, args...)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = nil, streams.Stdout, streams.Stderr
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.Exited() {
		return exit.ExitCode(), nil
	}
	if err != nil {
		return 0, fmt.Errorf("run %s doctor: %w", program, err)
	}
	return 0, nil
}
