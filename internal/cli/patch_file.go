package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"banger/client"
)

// writable refuses a file that cannot be written, before there is something to be lost. Empty and "-" are standard output.
func writable(file string) error {
	if file == "" || file == "-" {
		return nil
	}
	if isFolder(file) {
		return usage("%s is a folder", file).hint("name a file in it")
	}
	if err := unix.Access(filepath.Dir(file), unix.W_OK); err != nil {
		return usage("%s cannot be written: %v", file, err).hint("name a file in a folder that is there and yours")
	}
	return nil
}

// savePatch writes the patch that an export has made, whole or not at all.
func (a *app) savePatch(ctx context.Context, c *client.Client, ref, file string) error {
	patch, err := c.WorkspacePatch(ctx, ref)
	if err != nil {
		return err
	}
	defer patch.Close()
	if file == "" || file == "-" {
		var out io.Writer = a.Stdout
		if isTerminal(a.Stdout) {
			out = &plainWriter{w: a.Stdout}
		}
		_, err := io.Copy(out, patch)
		return err
	}
	if err := writeWhole(file, patch); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return nil
}

// writeWhole makes a file of what r gives.
func writeWhole(file string, r io.Reader) error {
	temp, err := os.CreateTemp(filepath.Dir(file), ".banger-*")
	if err != nil {
		return err
	}
	_, err = io.Copy(temp, r)
	if err == nil {
		err = temp.Chmod(0o644)
	}
	if err = errors.Join(err, temp.Sync(), temp.Close()); err == nil {
		err = os.Rename(temp.Name(), file)
	}
	if err != nil {
		os.Remove(temp.Name())
	}
	return err
}
