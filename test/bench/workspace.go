package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"banger/test/harness"
)

const (
	workspaceRuns = 3
	workspaceVM   = "bench-workspace"
	// small is a repository that is copied in no time, for what a run adds to that.
	smallFiles, smallBytes = 100, 1 << 20
	largeFiles, largeBytes = 10_000, 200_000_000
)

// workspace measures repositories on their way into a guest and back.
func (b *benchmark) workspace(ctx context.Context) (figures []figure, err error) {
	large, err := newRepository(ctx, filepath.Join(b.dir, "large"), largeFiles, largeBytes)
	if err != nil {
		return nil, err
	}
	in, err := b.prepares(ctx, large)
	if err != nil {
		return nil, err
	}
	again, err := b.prepareAgain(ctx, large)
	if err != nil {
		return nil, err
	}
	out, err := b.exports(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := b.banger(ctx, nil, nil, "vm", "delete", "-f", workspaceVM); err != nil {
		return nil, err
	}
	runs, err := b.runsWithPath(ctx)
	return append(append(append(in, again...), out...), runs...), err
}

// prepares measures the first time, each in a VM of its own, beside tar of the same files and history.
func (b *benchmark) prepares(ctx context.Context, r repository) ([]figure, error) {
	var got, raw []time.Duration
	for run := range workspaceRuns {
		if run > 0 {
			if _, err := b.banger(ctx, nil, nil, "vm", "delete", "-f", workspaceVM); err != nil {
				return nil, err
			}
		}
		if _, err := b.banger(ctx, nil, nil, "vm", "create", "--name", workspaceVM, "--vcpu", "1", "--memory", "1G"); err != nil {
			return nil, err
		}
		floor, err := b.tar(ctx, r)
		if err != nil {
			return nil, err
		}
		took, err := b.banger(ctx, nil, nil, "vm", "workspace", "prepare", workspaceVM, r.dir)
		if err != nil {
			return nil, err
		}
		got, raw = append(got, took), append(raw, floor)
	}
	what := "`vm workspace prepare`, 10,000 files of 200 MB, beside `tar c . \\| vm exec -- tar x`, both with their .git"
	return []figure{atMostTimes(what, got, raw, 1.5)}, nil
}

// tar times the same files on their way through vm exec.
func (b *benchmark) tar(ctx context.Context, r repository) (took time.Duration, err error) {
	if err := b.inGuest(ctx, "mkdir", "/root/tar"); err != nil {
		return 0, err
	}
	out, in, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	defer out.Close()
	pack, err := (&harness.Call{Path: "tar", Args: []string{"c", "-C", r.dir, "."}, Env: os.Environ(), Stdout: in}).Start()
	in.Close()
	if err != nil {
		return 0, err
	}
	took, err = b.banger(ctx, out, nil, "vm", "exec", workspaceVM, "--", "tar", "x", "-C", "/root/tar")
	if packed := pack.Wait(ctx); err == nil && packed.Exit != 0 {
		err = fmt.Errorf("tar: exit %d: %s", packed.Exit, packed.Stderr)
	}
	if err != nil {
		return 0, err
	}
	return took, b.inGuest(ctx, "sh", "-c", "rm -rf /root/tar; sync")
}

func (b *benchmark) inGuest(ctx context.Context, args ...string) error {
	_, err := b.banger(ctx, nil, nil, append([]string{"vm", "exec", workspaceVM, "--"}, args...)...)
	return err
}

// prepareAgain measures what one edit costs.
func (b *benchmark) prepareAgain(ctx context.Context, r repository) ([]figure, error) {
	var got []time.Duration
	for run := range 2*workspaceRuns + 1 {
		if err := r.edit(1, fmt.Sprint("edit ", run)); err != nil {
			return nil, err
		}
		took, err := b.banger(ctx, nil, nil, "vm", "workspace", "prepare", workspaceVM)
		if err != nil {
			return nil, err
		}
		got = append(got, took)
	}
	return []figure{atMost("the same again after one edit", got, nil, time.Second)}, nil
}

// gitInGuest is what git takes in the guest to find the same changes; its index is a copy.
const gitInGuest = `export GIT_INDEX_FILE=/tmp/index; cp .git/index $GIT_INDEX_FILE; git add -A; git diff --cached --binary HEAD >/dev/null`

// exports measures the way back of 100 changed files, beside git's own work in the guest.
func (b *benchmark) exports(ctx context.Context) ([]figure, error) {
	var got, raw []time.Duration
	for run := range workspaceRuns {
		if err := b.inGuest(ctx, "sh", "-c", fmt.Sprintf("for f in d0[0-4]/e*/file*.txt; do n=$((n+1)); [ $n -gt 100 ] || echo %d >>$f; done", run)); err != nil {
			return nil, err
		}
		took, err := b.banger(ctx, nil, nil, "vm", "workspace", "export", workspaceVM, "--output", filepath.Join(b.dir, "patch"))
		if err != nil {
			return nil, err
		}
		floor, err := b.banger(ctx, nil, nil, "vm", "exec", workspaceVM, "--", "sh", "-c", gitInGuest)
		if err != nil {
			return nil, err
		}
		got, raw = append(got, took), append(raw, floor)
	}
	f := atMost("`vm workspace export` of 100 changed files, beside git's own work for them in the guest", got, raw, time.Second+p50(raw))
	f.goal = "≤ raw + 1 s"
	return []figure{f}, nil
}

// runsWithPath measures a run from a spare with a repository in it, beside one without and the same copy alone, into another spare.
func (b *benchmark) runsWithPath(ctx context.Context) ([]figure, error) {
	small, err := newRepository(ctx, filepath.Join(b.dir, "small"), smallFiles, smallBytes)
	if err != nil {
		return nil, err
	}
	if err := b.configure(ctx, "spares = 1\n"); err != nil {
		return nil, err
	}
	if _, err := b.banger(ctx, nil, nil, run512...); err != nil { // tells the daemon what to keep a spare of
		return nil, err
	}
	withPath := append(append(run512[:len(run512)-2:len(run512)-2], small.dir), "--", "true")
	var with, without []time.Duration
	for range forkRuns {
		alone, err := b.copyIntoSpare(ctx, small)
		if err != nil {
			return nil, err
		}
		if err := b.awaitSpare(ctx); err != nil {
			return nil, err
		}
		bare, err := b.banger(ctx, nil, nil, run512...)
		if err != nil {
			return nil, err
		}
		if err := b.awaitSpare(ctx); err != nil {
			return nil, err
		}
		took, err := b.banger(ctx, nil, nil, withPath...)
		if err != nil {
			return nil, err
		}
		with, without = append(with, took), append(without, bare+alone)
	}
	return []figure{atMostTimes("`vm run PATH --rm -- true` from a spare, 100 files of 1 MB, beside the same without PATH and, together with that, `workspace prepare` of it in another spare", with, without, 1)}, nil
}

// copyIntoSpare times a repository's way into a VM that has just been a spare.
func (b *benchmark) copyIntoSpare(ctx context.Context, r repository) (time.Duration, error) {
	if err := b.awaitSpare(ctx); err != nil {
		return 0, err
	}
	if _, err := b.banger(ctx, nil, nil, "vm", "create", "--name", workspaceVM, "--vcpu", "1", "--memory", "512M"); err != nil {
		return 0, err
	}
	took, err := b.banger(ctx, nil, nil, "vm", "workspace", "prepare", workspaceVM, r.dir)
	if err != nil {
		return 0, err
	}
	_, err = b.banger(ctx, nil, nil, "vm", "delete", "-f", workspaceVM)
	return took, err
}
