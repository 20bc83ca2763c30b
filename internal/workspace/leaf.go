package workspace

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"banger/internal/tree"
)

// leaf is what is at a path: nothing, a file or a link.
type leaf struct {
	mode tree.Mode
	sum  string // in hexadecimal digits
}

// gitlink is the mode by which git's trees name the commit of a submodule.
const gitlink tree.Mode = 0o160000

// edit is what becomes of a path.
type edit struct {
	path    string
	was, is leaf
}

// leaves lists what git's tree of an id holds. where is a git in a repository that has it.
func leaves(ctx context.Context, where git, id string) (map[string]leaf, error) {
	out, err := where.run(ctx, "ls-tree", "-r", "-z", "--full-tree", id)
	if err != nil {
		return nil, err
	}
	all := map[string]leaf{}
	for line := range strings.SplitSeq(strings.TrimSuffix(out, "\x00"), "\x00") {
		if line == "" {
			continue
		}
		head, path, _ := strings.Cut(line, "\t")
		fields := strings.Fields(head) // mode, type, sum
		if len(fields) != 3 {
			return nil, fmt.Errorf("git ls-tree says %.80q", line)
		}
		mode, err := parseMode(fields[0])
		if err != nil {
			return nil, err
		}
		all[path] = leaf{mode: mode, sum: fields[2]}
	}
	return all, nil
}

func parseMode(text string) (tree.Mode, error) {
	n, err := strconv.ParseUint(text, 8, 32)
	return tree.Mode(n), err
}
