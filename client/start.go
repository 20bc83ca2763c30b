package client

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"banger/api"
	"banger/internal/paths"
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

// takeTurn holds the runtime folder's lock, which clients that start a daemon take turns with.
// It leaves no file behind.
func takeTurn(ctx context.Context, dir string) (io.Closer, error) {
	if err := paths.Secure(dir); err != nil {
		return nil, err
	}
	f, err := os.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("open the runtime folder: %w", err)
	}
	locked := make(chan error, 1)
	go func() { locked <- lock(f) }()
	select {
	case err = <-locked:
	case <-ctx.Done():
		err = context.Cause(ctx) // the one that waits for the lock ends with this process
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("wait for another banger to start the daemon: %w", err)
	}
	return f, nil
}

func lock(f *os.File) error {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
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

func openLog(path string) (*os.File, error) {
	if err := paths.Secure(filepath.Dir(path)); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the daemon's log: %w", err)
	}
	return f, nil
}

// environment is this process's own, except that the daemon uses the same folders whatever its
// current one is.
func environment(p paths.Paths) []string {
	env := append(os.Environ(), "BANGER_STATE_DIR="+p.State, "BANGER_CACHE_DIR="+p.Cache, "BANGER_RUNTIME_DIR="+p.Runtime)
	if p.Config != "" {
		env = append(env, "BANGER_CONFIG="+p.Config)
	}
	return env
}

// launch starts program as a process that outlives this one and waits for its word.
func launch(ctx context.Context, program string, env []string, output *os.File) error {
	begin, err := output.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	word, speak, err := os.Pipe()
	if err != nil {
		return err
	}
	defer word.Close()
	cmd := exec.Command(program, "--ready-fd", "3")
	cmd.Env, cmd.Dir = env, "/"
	cmd.Stdout, cmd.Stderr = output, output
	cmd.ExtraFiles = []*os.File{speak}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = cmd.Start()
	speak.Close()
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { word.SetReadDeadline(time.Unix(1, 0)) })()
	line, err := bufio.NewReader(io.LimitReader(word, 1<<20)).ReadBytes('\n')
	if err == nil && line[0] != '{' {
		return cmd.Process.Release()
	}
	defer context.AfterFunc(ctx, func() { cmd.Process.Kill() })()
	ended := cmd.Wait() // it has failed, so it is on its way out
	var p api.Problem
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err == nil && json.Unmarshal(line, &p) == nil && p.Code != "":
		return problemError(p)
	}
	return problem.New(problem.Unavailable, "it ended before it was ready (%w)%s", ended, lastWords(output, begin)).
		WithRemedy("banger doctor looks for the cause; the daemon's log is %s", output.Name())
}

// lastWords is the end of what the log has from begin on, for an error.
func lastWords(log *os.File, begin int64) string {
	const most, lines = 4096, 10
	end, err := log.Seek(0, io.SeekEnd)
	if err != nil || end <= begin {
		return ""
	}
	text := make([]byte, min(end-begin, most))
	n, _ := log.ReadAt(text, end-int64(len(text)))
	all := strings.Split(string(bytes.TrimSpace(text[:n])), "\n")
	return "\n  " + strings.Join(all[max(0, len(all)-lines):], "\n  ")
}
