package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"banger/test/harness"
)

// repository is a working tree of text with one commit, packed.
type repository struct{ dir string }

// words make text that can be compressed about as well as source code.
var words = strings.Fields("if else return for range func type struct error nil string int byte package import const var case switch default " +
	"context request response handler client server value result buffer reader writer close open read write name path file size count index")

// newRepository makes one of so many files, of size bytes together.
func newRepository(ctx context.Context, dir string, files int, size int64) (repository, error) {
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range files {
		path := filepath.Join(dir, fmt.Sprintf("d%02d/e%d/file%d.txt", i%50, i/50%10, i))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return repository{}, err
		}
		if err := os.WriteFile(path, sentence(rng, int(size/int64(files))), 0o644); err != nil {
			return repository{}, err
		}
	}
	r := repository{dir}
	for _, args := range [][]string{{"init", "-q"}, {"add", "."}, {"commit", "-q", "-m", "all of it"}, {"gc", "-q"}} {
		if err := r.git(ctx, args...); err != nil {
			return r, err
		}
	}
	return r, nil
}

func sentence(rng *rand.Rand, size int) []byte {
	var b strings.Builder
	for b.Len() < size {
		fmt.Fprintf(&b, "%s%c%x ", words[rng.IntN(len(words))], " (.\n\t"[rng.IntN(5)], rng.IntN(1<<16))
	}
	return []byte(b.String()[:size])
}

func (r repository) git(ctx context.Context, args ...string) error {
	args = append([]string{"-C", r.dir, "-c", "gc.auto=0", "-c", "user.name=bench", "-c", "user.email=bench@localhost"}, args...)
	_, err := timed(ctx, &harness.Call{Path: "git", Args: args, Env: os.Environ()})
	return err
}

// edit changes so many files, a line each.
func (r repository) edit(files int, text string) error {
	for i := range files {
		f, err := os.OpenFile(filepath.Join(r.dir, fmt.Sprintf("d%02d/e%d/file%d.txt", i%50, i/50%10, i)), os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		_, err = f.WriteString(text + "\n")
		f.Close()
		if err != nil {
			return err
		}
	}
	return nil
}
