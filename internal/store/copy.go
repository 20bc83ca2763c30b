package store

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
)

// openCopy is openReadOnly of a copy in the folder for temporary files. It is for a file with a log that has no
// index, as a copy of a state folder can be: SQLite would make the index beside it, and so change the folder.
func openCopy(ctx context.Context, path string) (_ *Store, err error) {
	dir, err := os.MkdirTemp("", "banger-look-")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	copied, before := filepath.Join(dir, filepath.Base(path)), glance(path)
	for _, side := range []string{"", "-wal"} {
		if err := copyFile(path+side, copied+side); err != nil {
			return nil, err
		}
	}
	if glance(path) != before {
		return nil, errors.New("somebody writes to it")
	}
	s, err := openReadOnly(ctx, copied)
	if err != nil {
		return nil, err
	}
	s.copy = dir
	return s, nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
