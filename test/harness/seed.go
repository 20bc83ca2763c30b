package harness

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"banger/internal/model"
	"banger/internal/store"
)

// The names of what Seed makes.
const (
	Kernel = "debian-cloud"
	Image  = "debian-bookworm"
)

// shapedBy are the rooms whose source decides what kernel and image look like.
var shapedBy = []string{"aptsource", "disk", "image", "kernel", "store"}

// Seed is a state folder with the default kernel and image in it, and no VM.
// Nobody writes to it once it is made.
func Seed(ctx context.Context, programs string) (string, error) {
	cache, err := cacheFolder()
	if err != nil {
		return "", err
	}
	unlock, err := lock(filepath.Join(cache, "lock"))
	if err != nil {
		return "", err
	}
	defer unlock()
	key, err := seedKey()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, key)
	complete := filepath.Join(dir, completeFile)
	if now := time.Now(); os.Chtimes(complete, now, now) == nil {
		return filepath.Join(dir, "state"), nil
	}
	if err := dropSeeds(cache); err != nil {
		return "", err
	}
	if err := makeSeed(ctx, programs, dir); err != nil {
		return "", errors.Join(fmt.Errorf("make kernel and image for the tests: %w", err), os.RemoveAll(dir))
	}
	return filepath.Join(dir, "state"), os.WriteFile(complete, nil, 0o600)
}

func cacheFolder() (string, error) {
	dir := os.Getenv("BANGER_TEST_CACHE")
	if dir == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			return "", err
		}
		dir = filepath.Join(base, "banger-test")
	}
	dir = filepath.Join(dir, "seed")
	return dir, os.MkdirAll(dir, 0o700)
}

func lock(path string) (unlock func() error, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f.Close, nil
}

func seedKey() (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	for _, room := range shapedBy {
		files, err := filepath.Glob(filepath.Join(root, "internal", room, "*.go"))
		if err != nil {
			return "", err
		}
		for _, path := range files {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			source, err := os.ReadFile(path)
			if err != nil {
				return "", err
			}
			fmt.Fprintf(sum, "%s %d\n", filepath.Base(path), len(source))
			sum.Write(source)
		}
	}
	return hex.EncodeToString(sum.Sum(nil))[:16], nil
}

// completeFile is in a seed that is whole; its time of change is that of the last use.
const completeFile = "complete"

// dropSeeds deletes what other versions of the source have left, unless somebody may work with it: the
// tests of another checkout may be under way.
func dropSeeds(cache string) error {
	const inUse = 3 * time.Hour
	old, err := filepath.Glob(filepath.Join(cache, "????????????????"))
	for _, dir := range old {
		info, statErr := os.Stat(filepath.Join(dir, completeFile))
		if statErr == nil && time.Since(info.ModTime()) < inUse {
			continue
		}
		err = errors.Join(err, os.RemoveAll(dir))
	}
	return err
}

func makeSeed(ctx context.Context, programs, dir string) error {
	host, err := NewHost(programs, dir)
	if err != nil {
		return err
	}
	for _, args := range [][]string{{"kernel", "pull"}, {"image", "build", Image}, {"daemon", "stop"}} {
		call := host.Banger(args...)
		call.Stderr = os.Stderr // it takes a minute or two; say what goes on
		if r := call.Run(ctx); r.Exit != 0 || r.Err != nil {
			host.Close()
			return fmt.Errorf("banger %s: exit %d %v", strings.Join(args, " "), r.Exit, r.Err)
		}
	}
	return nil
}

// Sow gives the host a copy of a seed, in place of a state folder of its own.
// Files are cloned or copied with their holes; nothing of the seed is shared for writing.
func (h *Host) Sow(ctx context.Context, seed string) error {
	if r := (&Call{Path: "cp", Args: []string{"-a", "--sparse=always", "--reflink=auto", seed, h.State}, Env: os.Environ()}).Run(ctx); r.Exit != 0 {
		return fmt.Errorf("copy %s: %w\n%s", seed, r.Err, r.Stderr)
	}
	db, err := store.Open(ctx, filepath.Join(h.State, "state.db"))
	if err != nil {
		return err
	}
	defer db.Close()
	images, err := db.Images(ctx)
	if err != nil {
		return err
	}
	for _, image := range images {
		h.move(&image, seed)
		if err := db.UpsertImage(ctx, image); err != nil {
			return err
		}
	}
	return nil
}

// move points the paths of an image at the copy.
func (h *Host) move(image *model.Image, seed string) {
	for _, path := range []*string{&image.ArtifactDir, &image.RootfsPath, &image.WorkSeedPath, &image.KernelPath, &image.InitrdPath, &image.ModulesDir} {
		if rest, ok := strings.CutPrefix(*path, seed); ok {
			*path = h.State + rest
		}
	}
}
