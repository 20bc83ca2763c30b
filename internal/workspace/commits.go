package workspace

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"banger/internal/problem"
)

// commits are a guest's, in a repository of the quarantine that knows the objects of the user's.
type commits struct {
	repository string // a bare one, without a reference
	user       string // the user's folder of objects
	base, tip  string
	own        map[string]leaf // what base has
	count      int
	partial    bool  // the user's repository is one from which objects are missing
	room       int64 // bytes that they may take, unpacked
}

func (e *export) commits(ctx context.Context) (*commits, error) {
	user := e.base.repository()
	if err := user.look(ctx); err != nil {
		return nil, err
	}
	configured, err := user.configure(ctx)
	if err != nil {
		return nil, err
	}
	c := &commits{
		repository: filepath.Join(e.dir, "commits"), user: user.objects(), base: e.base.Commit,
		partial: configured.promisor != "", room: e.room,
	}
	if user.sumLength() != e.store.sum {
		return nil, problem.New(problem.Conflict, "%q is another repository now", user.root)
	}
	if err := initBare(c.repository, e.store.sum); err != nil {
		return nil, err
	}
	// Where the user's history is cut off is no gap.
	cut, err := user.ownCut()
	if err != nil || len(cut) == 0 {
		return c, err
	}
	return c, os.WriteFile(filepath.Join(c.repository, "shallow"), []byte(lines(slices.Sorted(maps.Keys(cut)))), 0o600)
}

// git runs on the commits. Large files are not held in memory, small ones that claim to be large neither.
func (c *commits) git() git {
	return git{
		dir: c.repository, env: []string{"GIT_DIR=" + c.repository, "GIT_ALTERNATE_OBJECT_DIRECTORIES=" + alternate(c.user), maxAlloc},
		set: [][2]string{{"core.bigFileThreshold", "32m"}, {"pack.threads", "1"}, {"pack.writeReverseIndex", "false"}, passing},
	}
}

// index checks the guest's pack: every object is well-formed, and what it refers to is there.
func (c *commits) index(ctx context.Context, pack string) error {
	strict := "--strict"
	if c.partial {
		strict = "--fsck-objects" // what has not changed may be missing
	}
	if _, err := c.git().run(ctx, "index-pack", strict, pack); err != nil {
		return problem.New(problem.GuestFailed, "what the guest sent as its commits is not sound: %w", err)
	}
	return c.measure(ctx, strings.TrimSuffix(pack, ".pack")+".idx")
}

// measure refuses a pack that is large once it is unpacked, and a tip that is none.
func (c *commits) measure(ctx context.Context, index string) error {
	names, err := namesIn(index, len(c.tip)/2)
	if err != nil {
		return err
	}
	ask := c.git()
	ask.stdin = strings.NewReader(names)
	out, err := ask.run(ctx, "cat-file", "--batch-check=%(objectsize) %(objecttype) %(objectname)")
	if err != nil {
		return err
	}
	total := int64(0)
	for line := range strings.Lines(out) {
		size, what, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		n, err := strconv.ParseInt(size, 10, 64)
		if total += n; err != nil || n > c.room || total > c.room {
			return problem.New(problem.Exhausted, "the guest's commits are too much for this host: %d bytes and more", total)
		}
		if strings.HasSuffix(what, c.tip) && what != "commit "+c.tip {
			return problem.New(problem.GuestFailed, "the guest did not send the commit that it told of")
		}
	}
	return nil
}

// namesIn lists the objects of a pack, a line each.
func namesIn(index string, sum int) (string, error) {
	x, err := openPackIndex(index)
	if err != nil {
		return "", err
	}
	defer x.file.Close()
	var names strings.Builder
	for first := range 256 {
		sums, err := x.bucket(byte(first), sum)
		if err != nil {
			return "", err
		}
		for one := range slices.Chunk(sums, sum) {
			fmt.Fprintf(&names, "%x\n", one)
		}
	}
	return names.String(), nil
}
