package config

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"banger/internal/problem"
)

// maxFile bounds the configuration file, in bytes.
const maxFile = 1 << 20

// readFile gives the text of the file at path, none when there is no such file.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, problem.New(problem.Invalid, "read the configuration: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, problem.New(problem.Invalid, "read the configuration: %w", err)
	}
	if len(text) > maxFile {
		return nil, problem.New(problem.Invalid, "%s has more than %d bytes", path, maxFile).
			WithRemedy("check that it is banger's configuration")
	}
	return text, nil
}
