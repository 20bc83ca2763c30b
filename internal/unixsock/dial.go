package unixsock

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Dial connects to the socket at path. The caller closes the connection.
func Dial(ctx context.Context, path string) (*net.UnixConn, error) {
	dir, err := openDir(path, unix.O_PATH)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", path, err)
	}
	defer dir.Close()
	conn, err := new(net.Dialer).DialContext(ctx, "unix", within(dir, path))
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", path, cause(err))
	}
	return conn.(*net.UnixConn), nil
}

// openDir opens the folder that path's last element is in.
func openDir(path string, flags int) (*os.File, error) {
	return os.OpenFile(filepath.Dir(path), flags|unix.O_DIRECTORY, 0)
}

// within is the short name of path's last element, valid while dir is open.
func within(dir *os.File, path string) string {
	return fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), filepath.Base(path))
}

// cause strips what err says about the path, which would be the one below /proc/self/fd.
func cause(err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Err
	}
	if path, ok := errors.AsType[*os.PathError](err); ok {
		return path.Err
	}
	return err
}
