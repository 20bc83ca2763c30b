package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"banger/test/harness"
)

// container is what `runc run` starts: the image's root file system and `true` in it.
type container struct{ bundle, rootfs string }

// newContainer mounts the root file system, for which it must be root, and writes the bundle.
func newContainer(ctx context.Context, dir, image string) (*container, error) {
	c := &container{bundle: filepath.Join(dir, "container")}
	c.rootfs = filepath.Join(c.bundle, "rootfs")
	if err := os.MkdirAll(c.rootfs, 0o700); err != nil {
		return nil, err
	}
	if out, err := exec.CommandContext(ctx, "mount", "-o", "loop,ro", image, c.rootfs).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("mount the image for runc: %w: %s", err, out)
	}
	if err := c.configure(ctx); err != nil {
		return nil, errors.Join(err, c.remove())
	}
	return c, nil
}

// configure takes runc's own example and has it run `true`.
func (c *container) configure(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, "runc", "spec")
	cmd.Dir = c.bundle
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("runc spec: %w: %s", err, out)
	}
	path := filepath.Join(c.bundle, "config.json")
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var spec map[string]any
	if err := json.Unmarshal(text, &spec); err != nil {
		return err
	}
	process := spec["process"].(map[string]any)
	process["args"], process["terminal"] = []string{"true"}, false
	if text, err = json.Marshal(spec); err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o600)
}

func (c *container) run(ctx context.Context) (time.Duration, error) {
	return timed(ctx, &harness.Call{Path: "/usr/sbin/runc", Args: []string{"run", "banger-bench"}, Env: os.Environ(), Dir: c.bundle})
}

func (c *container) remove() error {
	return errors.Join(unix.Unmount(c.rootfs, 0), os.RemoveAll(c.bundle))
}
