package workspace

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// packing has git write quickly what it reads once: no search for deltas but those that are there.
var packing = [][2]string{
	{"core.compression", "1"}, {"pack.compression", "1"}, {"pack.indexVersion", "2"}, {"pack.packSizeLimit", "0"},
	{"pack.writeReverseIndex", "false"}, {"pack.useBitmaps", "false"}, {"pack.useSparse", "true"}, {"pack.allowPackReuse", "false"},
}

// cutOff notes at which commits all the history that d has ever got ends, and gives that to p: earlier plans can have had another depth.
func (d Dir) cutOff(ctx context.Context, p *Plan) error {
	file := filepath.Join(string(d), "shallow")
	text, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	ends := strings.Fields(string(text))
	for _, commit := range p.shallow {
		if !slices.Contains(ends, commit) {
			ends = append(ends, commit)
		}
	}
	if len(ends) == 0 {
		return nil
	}
	if p.shallow, err = d.ends(ctx, ends, p.sum); err != nil {
		return err
	}
	return replace(file, []byte(lines(p.shallow)))
}

// ends are those of some commits that have parents which d has not got.
func (d Dir) ends(ctx context.Context, commits []string, sum int) (ends []string, err error) {
	packed, err := d.openPacked(sum)
	if err != nil {
		return nil, err
	}
	defer packed.Close()
	cat := startCatFile(ctx, d.git())
	defer cat.stop()
	for _, commit := range commits {
		parents, err := cat.parents(commit)
		if err != nil {
			return nil, err
		}
		if all, err := packed.hasAll(parents); err != nil {
			return nil, err
		} else if !all {
			ends = append(ends, commit)
		}
	}
	return ends, nil
}

// pack packs what p's commit and index refer to and d has not got. Git runs in the user's repository but writes
// into d: there are its objects, and the user's are an alternate for this one call.
func (d Dir) pack(ctx context.Context, p *Plan) (err error) {
	index := filepath.Join(string(d), "index.stage")
	if err := os.WriteFile(index, encodeIndex(p.index, p.sum), 0o600); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(index)) }()
	call := p.repository.call()
	call.set = packing
	call.env = append(call.env, "GIT_SHALLOW_FILE=", "GIT_INDEX_FILE="+index,
		"GIT_OBJECT_DIRECTORY="+d.objects(), "GIT_ALTERNATE_OBJECT_DIRECTORIES="+alternate(p.repository.objects()))
	args := []string{"pack-objects", "-q", "--revs", "--indexed-objects", "--window=0", "--delta-base-offset", "--non-empty"}
	var asked strings.Builder
	if len(p.shallow) > 0 {
		args = append(args, "--shallow")
		for _, commit := range p.shallow {
			fmt.Fprintf(&asked, "--shallow %s\n", commit)
		}
	}
	if p.Commit != "" {
		fmt.Fprintln(&asked, p.Commit)
	}
	if p.configured.promisor != "" {
		args = append(args, "--missing=allow-any")
	}
	packs, err := d.packs()
	for _, name := range packs {
		args = append(args, "--keep-pack="+name+".pack")
	}
	if err != nil {
		return err
	}
	call.stdin = strings.NewReader(asked.String())
	if _, err = call.run(ctx, append(args, filepath.Join(d.objects(), "pack", "pack"))...); err != nil {
		return broken(p.Root, err)
	}
	return nil
}

// packs are the names of d's packs, without extension, in order.
func (d Dir) packs() (names []string, err error) {
	found, err := os.ReadDir(filepath.Join(d.objects(), "pack"))
	for _, e := range found {
		if name, ok := strings.CutSuffix(e.Name(), ".idx"); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, err
}
