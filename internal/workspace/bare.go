package workspace

import (
	"errors"
	"os"
	"path/filepath"
)

// initBare makes a repository with nothing in it: no reference, no hook, no attributes. sum is the length of its sums, in bytes.
func initBare(dir string, sum int) error {
	format := "sha1"
	if sum == 32 {
		format = "sha256"
	}
	config := "[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tobjectformat = " + format + "\n"
	return errors.Join(
		os.MkdirAll(filepath.Join(dir, "objects", "pack"), 0o700),
		os.MkdirAll(filepath.Join(dir, "refs", "heads"), 0o700),
		os.WriteFile(filepath.Join(dir, "HEAD"), []byte("ref: refs/heads/none\n"), 0o600),
		os.WriteFile(filepath.Join(dir, "config"), []byte(config), 0o600),
	)
}

// git runs in the repository that a Dir is.
func (d Dir) git() git { return git{dir: string(d), env: []string{"GIT_DIR=" + string(d)}} }
