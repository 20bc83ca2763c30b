package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"banger/internal/paths"
)

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
