package workspace

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"banger/internal/problem"
)

// Stage makes d hold the history that goes along with p. It can be called again for another plan, and then adds what is
// new. d is there as a whole or not at all. It takes no guest, so that it can go on while one starts.
func (d Dir) Stage(ctx context.Context, p *Plan) error {
	if err := d.make(p); err != nil {
		return fmt.Errorf("make a record of the workspace: %w", err)
	}
	if !p.Git {
		return nil
	}
	err := d.history(ctx, p, p.depth)
	if _, failed := errors.AsType[*gitError](err); failed && p.configured.promisor != "" && p.depth != 1 && p.Commit != "" {
		p.notice("older folders are not in this partial clone: only its newest commit goes along")
		err = d.history(ctx, p, 1)
	}
	return err
}

// history packs what goes along when it has a certain depth.
func (d Dir) history(ctx context.Context, p *Plan, depth int) (err error) {
	if p.shallow, err = p.repository.cut(ctx, p.Commit, depth); err != nil {
		return err
	}
	if p.Commit == "" && len(p.index) == 0 {
		return nil
	}
	if err := d.pack(ctx, p); err != nil {
		return err
	}
	return d.cutOff(ctx, p)
}

// make makes an empty record unless there is one.
func (d Dir) make(p *Plan) error {
	format := "sha1"
	if p.sum == 32 {
		format = "sha256"
	}
	text, err := os.ReadFile(filepath.Join(string(d), "config"))
	if err == nil && strings.Contains(string(text), "sha256") != (format == "sha256") {
		return problem.New(problem.Conflict, "the VM's workspace was of a repository with another kind of sums than %s", format).WithRemedy("use another VM")
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	temp := string(d) + ".new"
	if err := os.RemoveAll(temp); err != nil {
		return err
	}
	if err := initBare(temp, p.sum); err != nil {
		return err
	}
	return os.Rename(temp, string(d))
}
