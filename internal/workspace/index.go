package workspace

import (
	"context"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"banger/internal/tree"
)

// The flags of an entry that are kept, as git has them in memory: assume-unchanged, intent-to-add, skip-worktree.
const (
	flagValid = 1 << 15
	flagAdded = 1 << 29
	flagSkip  = 1 << 30
	flagsKept = flagValid | flagAdded | flagSkip
)

// indexEntry is an entry of an index.
type indexEntry struct {
	path  string
	mode  tree.Mode
	stage int // 1 to 3 are those of a conflict
	sum   []byte
	flags uint32
	stat  stat // as the file was when git last compared it; its Mode is not set
}

// readIndex lists r's index. With --debug git tells also how files were when it last looked at them; asking whether they changed could run filters.
func (r repository) readIndex(ctx context.Context) ([]indexEntry, error) {
	out, err := r.call().run(ctx, "ls-files", "-z", "--stage", "--debug")
	if err != nil {
		return nil, broken(r.root, err)
	}
	var all []indexEntry
	for out != "" {
		var e indexEntry
		if e, out, err = parseEntry(out); err != nil {
			return nil, fmt.Errorf("read the index of %q: %w", r.root, err)
		}
		all = append(all, e)
	}
	return all, nil
}

// parseEntry takes one entry from the front of what ls-files said.
func parseEntry(out string) (e indexEntry, rest string, err error) {
	head, rest, ok := strings.Cut(out, "\x00")
	facts, path, _ := strings.Cut(head, "\t")
	words := strings.Fields(facts)
	if !ok || len(words) != 3 || path == "" {
		return e, "", fmt.Errorf("git lists %.100q", head)
	}
	mode, err := strconv.ParseUint(words[0], 8, 32)
	if err == nil {
		e.sum, err = hex.DecodeString(words[1])
	}
	if err == nil {
		e.stage, err = strconv.Atoi(words[2])
	}
	if err != nil {
		return e, "", err
	}
	e.path, e.mode = path, tree.Mode(mode)
	rest, err = e.parseDebug(rest)
	return e, rest, err
}

// parseDebug takes the five lines of git's show_ce.
func (e *indexEntry) parseDebug(out string) (string, error) {
	var numbers [5][2]int64
	for i, form := range [5]struct {
		first, second string
		base          int
	}{{"  ctime: ", ":", 10}, {"  mtime: ", ":", 10}, {"  dev: ", "\tino: ", 10}, {"  uid: ", "\tgid: ", 10}, {"  size: ", "\tflags: ", 16}} {
		line, rest, ok := strings.Cut(out, "\n")
		line, begins := strings.CutPrefix(line, form.first)
		first, second, parted := strings.Cut(line, form.second)
		a, err := strconv.ParseInt(first, 10, 64)
		b, err2 := strconv.ParseInt(second, form.base, 64)
		if !ok || !begins || !parted || err != nil || err2 != nil {
			return "", fmt.Errorf("git's words on %q are not understood", e.path)
		}
		numbers[i], out = [2]int64{a, b}, rest
	}
	e.stat.Ctime, e.stat.Mtime = numbers[0][0]*1e9+numbers[0][1], numbers[1][0]*1e9+numbers[1][1]
	e.stat.Ino, e.stat.Size = uint64(numbers[2][1]), numbers[4][0]
	e.flags = uint32(numbers[4][1]) & flagsKept
	return out, nil
}

// unchanged reports whether git would take a file for what the index says without reading it. Where git is in doubt
// because the file changed as late as the index did, so are we.
func (e indexEntry) unchanged(s stat, r repository) bool {
	return e.stage == 0 && e.flags&flagAdded == 0 && sameTime(e.stat.Mtime, s.Mtime) && sameTime(e.stat.Ctime, s.Ctime) &&
		uint32(e.stat.Size) == uint32(s.Size) && uint32(e.stat.Ino) == uint32(s.Ino) && s.Mtime < r.indexed.UnixNano()
}

// sameTime allows for an index whose writer knew no fractions of seconds.
func sameTime(indexed, found int64) bool {
	return indexed == found || indexed%1e9 == 0 && indexed/1e9 == found/1e9
}
