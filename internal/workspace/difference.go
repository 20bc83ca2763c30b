package workspace

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"banger/internal/tree"
)

// Changed is a path that an export brings back.
type Changed struct {
	Path   string
	Status string    // A: new, M: modified, D: gone, T: of another kind
	Mode   tree.Mode // as it is now
	// Added and Deleted count lines; both are 0 in a binary file.
	Added   int
	Deleted int
	Binary  bool
}

// write makes git's tree of the base with the edits. Gone paths go first, so that a folder can take the place of a file.
func (q *quarantine) write(ctx context.Context, base string, edits []edit) (id string, err error) {
	if len(edits) == 0 {
		return base, nil
	}
	if _, err := q.git().run(ctx, "read-tree", base); err != nil {
		return "", err
	}
	var gone, there strings.Builder
	none := strings.Repeat("0", len(base))
	for _, e := range edits {
		if e.is.mode == tree.Gone {
			fmt.Fprintf(&gone, "0 %s\t%s\x00", none, e.path)
		} else {
			fmt.Fprintf(&there, "%o %s\t%s\x00", e.is.mode, e.is.sum, e.path)
		}
	}
	update := q.git()
	update.stdin = strings.NewReader(gone.String() + there.String())
	if _, err := update.run(ctx, "update-index", "-z", "--index-info"); err != nil {
		return "", err
	}
	id, err = q.git().run(ctx, "write-tree")
	return strings.TrimSpace(id), err
}

// difference lists what differs between two trees, and as git's own text of it.
func (q *quarantine) difference(ctx context.Context, was, is string) (files []Changed, stat string, err error) {
	out, err := q.git().run(ctx, "diff-tree", "-r", "-z", "--raw", "--numstat", "--stat=100", "--no-renames", "--no-ext-diff", "--no-textconv", was, is)
	if err != nil {
		return nil, "", err
	}
	at := map[string]int{}
	for {
		head, rest, _ := strings.Cut(out, "\x00")
		if !strings.HasPrefix(head, ":") {
			break
		}
		path, rest, _ := strings.Cut(rest, "\x00")
		c, err := parseRaw(head)
		if err != nil {
			return nil, "", err
		}
		c.Path, at[path], out = path, len(files), rest
		files = append(files, c)
	}
	for range files {
		var line string
		line, out, _ = strings.Cut(out, "\x00")
		fields := strings.SplitN(line, "\t", 3) // added, deleted, path; dashes for a binary file
		if len(fields) != 3 {
			return nil, "", fmt.Errorf("git diff-tree --numstat says %.80q", line)
		}
		c := &files[at[fields[2]]]
		c.Binary = fields[0] == "-"
		c.Added, _ = strconv.Atoi(fields[0])
		c.Deleted, _ = strconv.Atoi(fields[1])
	}
	return files, out, nil
}

// parseRaw reads ":OLDMODE NEWMODE OLDSUM NEWSUM STATUS".
func parseRaw(head string) (c Changed, err error) {
	fields := strings.Fields(head)
	if len(fields) != 5 {
		return c, fmt.Errorf("git diff-tree --raw says %.80q", head)
	}
	c.Status = fields[4]
	c.Mode, err = parseMode(fields[1])
	return c, err
}
