package workspace

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"banger/internal/problem"
)

// maxCommit bounds what is read of one commit.
const maxCommit = 16 << 20

// cut finds the commits whose parents do not go along: those at depth, as git fetch --depth counts, and those at which the
// user's repository is cut off itself.
func (r repository) cut(ctx context.Context, commit string, depth int) ([]string, error) {
	own, err := r.ownCut()
	if err != nil || commit == "" || depth == 0 && len(own) == 0 {
		return nil, err
	}
	cat := startCatFile(ctx, r.call())
	defer cat.stop()
	var shallow []string
	seen := map[string]bool{commit: true}
	for level, n := []string{commit}, 1; len(level) > 0; n++ {
		var next []string
		for _, c := range level {
			parents, err := cat.parents(c)
			switch {
			case err != nil:
				return nil, err
			case len(parents) == 0:
			case own[c] || n == depth:
				shallow = append(shallow, c)
			default:
				next = appendUnseen(next, parents, seen)
			}
		}
		level = next
	}
	return shallow, nil
}

func appendUnseen(to, names []string, seen map[string]bool) []string {
	for _, name := range names {
		if !seen[name] {
			seen[name] = true
			to = append(to, name)
		}
	}
	return to
}

// ownCut is the content of the repository's file shallow.
func (r repository) ownCut() (map[string]bool, error) {
	text, err := os.ReadFile(filepath.Join(r.common, "shallow"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	own := map[string]bool{}
	for _, sum := range strings.Fields(string(text)) {
		own[sum] = true
	}
	return own, nil
}

// parents reads a commit's own words; replacements and grafts do not count.
func (c *catFile) parents(commit string) (parents []string, err error) {
	kind, size, found, err := c.open(commit)
	if err != nil {
		return nil, err
	}
	if !found || kind != "commit" || size > maxCommit {
		return nil, problem.New(problem.Invalid, "the repository lacks commit %.12s of its own history", commit).WithRemedy("git fsck tells what is missing; --depth 1 asks for less")
	}
	text := make([]byte, size+1)
	if _, err := io.ReadFull(c.out, text); err != nil {
		return nil, fmt.Errorf("read commit %.12s: %w", commit, err)
	}
	for line := range bytes.Lines(text) {
		sum, ok := bytes.CutPrefix(bytes.TrimSuffix(line, []byte("\n")), []byte("parent "))
		if ok && isSum(string(sum)) {
			parents = append(parents, string(sum))
		}
		if len(line) == 1 {
			break
		}
	}
	return parents, nil
}
