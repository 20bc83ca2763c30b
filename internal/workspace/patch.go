package workspace

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"banger/internal/problem"
)

// maxPatch is the largest patch that git apply takes, in bytes.
const maxPatch = 1 << 30

// patch writes what makes one tree from the other, in the form that git apply takes, to a file that is whole or as it was before.
func (q *quarantine) patch(ctx context.Context, was, is, path string) (size int64, err error) {
	temp := path + ".part"
	if err := os.Remove(temp); err != nil && !errors.Is(err, os.ErrNotExist) {
		return 0, fmt.Errorf("write the patch: %w", err)
	}
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return 0, fmt.Errorf("write the patch: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(temp))
		}
	}()
	out := &capped{w: f, left: maxPatch, over: problem.New(problem.Exhausted, "it would be larger than git takes: %d MiB", maxPatch>>20).
		WithRemedy("--apply and --branch have no such limit")}
	diff := q.git()
	diff.stdout = out
	_, err = diff.run(ctx, "diff-tree", "-r", "-p", "--binary", "--full-index", "-M", "--no-color", "--no-ext-diff", "--no-textconv", was, is)
	if out.err != nil {
		err = out.err
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return 0, fmt.Errorf("write the patch: %w", err)
	}
	return maxPatch - out.left, os.Rename(temp, path)
}

// capped passes on what is written to it, up to a limit.
type capped struct {
	w    io.Writer
	left int64 // bytes
	over error // for what goes beyond
	err  error // of the first Write that failed
}

func (c *capped) Write(p []byte) (n int, err error) {
	if int64(len(p)) > c.left {
		c.err = c.over
		return 0, c.err
	}
	n, c.err = c.w.Write(p)
	c.left -= int64(n)
	return n, c.err
}
