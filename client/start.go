package client

import (
	"context"
	"errors"
	"fmt"
	"time"

	"banger/internal/problem"
)

// startTimeout covers the daemon's migrations and its look at every machine.
const startTimeout = 60 * time.Second

// renew starts a daemon, or replaces an outdated one, unless another client was quicker.
func (c *Client) renew(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, startTimeout,
		problem.New(problem.Timeout, "the daemon did not come up in %v", startTimeout).
			WithRemedy("its log is %s", c.options.Paths.DaemonLog()))
	defer cancel()
	turn, err := takeTurn(ctx, c.options.Paths.Runtime)
	if err != nil {
		return err
	}
	defer turn.Close()
	err = c.greet(ctx)
	switch {
	case err == nil && !c.outdated():
		return nil
	case err == nil:
		c.notice("replacing the daemon, whose program is older than this one")
		if err := c.stop(ctx, false, nil); err != nil {
			return fmt.Errorf("replace the daemon: %w", err)
		}
	case !errors.Is(err, errNoDaemon):
		return err
	default:
		c.notice("starting the daemon")
	}
	if err := c.start(ctx); err != nil {
		return err
	}
	return c.greet(ctx)
}

func (c *Client) notice(text string) {
	if c.options.Notice != nil {
		c.options.Notice(text)
	}
}

// start starts the daemon and returns when it is ready.
func (c *Client) start(ctx context.Context) error {
	program, err := c.program()
	if err != nil {
		return err
	}
	output, err := openLog(c.options.Paths.DaemonLog())
	if err != nil {
		return err
	}
	defer output.Close()
	if err := launch(ctx, program, environment(c.options.Paths), output); err != nil {
		return fmt.Errorf("start the daemon: %w", err)
	}
	return nil
}
