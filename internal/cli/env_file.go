package cli

import (
	"bufio"
	"io"
	"os"
	"strings"
)

// maxEnvFile bounds a file of variables, in bytes; the guest takes a quarter of it.
const maxEnvFile = 1 << 20

// envPairs reads files of variables, a NAME=VALUE or NAME a line, as -e takes them. Empty lines and those that begin with # are
// passed over; nothing is quoted, and a value keeps its spaces.
func envPairs(files []string) (pairs []string, err error) {
	for _, name := range files {
		more, err := readEnvFile(name)
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, more...)
	}
	return pairs, nil
}

func readEnvFile(name string) (pairs []string, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, usage("--env-file: %v", err).hint("name a file with a NAME=VALUE on each line")
	}
	defer f.Close()
	text := &io.LimitedReader{R: f, N: maxEnvFile + 1}
	lines := bufio.NewScanner(text)
	lines.Buffer(nil, maxEnvFile+1)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSuffix(lines.Text(), "\r")
		switch {
		case strings.TrimSpace(line) == "" || strings.HasPrefix(strings.TrimSpace(line), "#"):
		case strings.HasPrefix(line, "=") || strings.ContainsRune(line, 0):
			return nil, usage("--env-file %s, line %d: there is no name, or a zero byte", name, n).hint("write NAME=VALUE, or NAME for a variable of yours")
		default:
			pairs = append(pairs, line)
		}
	}
	switch {
	case text.N == 0:
		return nil, usage("--env-file %s has more than %d bytes", name, maxEnvFile)
	case lines.Err() != nil:
		return nil, usage("--env-file %s: %v", name, lines.Err())
	}
	return pairs, nil
}
