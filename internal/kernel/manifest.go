package kernel

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"banger/internal/problem"
)

const maxManifest = 1 << 20

// load reads a kernel's manifest and compares the files' sizes with it.
func load(name, dir string) (Kernel, error) {
	k := Kernel{Name: name, Dir: dir}
	folder := os.DirFS(dir)
	text, err := readBounded(folder, manifestFile, maxManifest)
	if err != nil {
		return k, damaged(k, manifestFile, err)
	}
	if err := json.Unmarshal(text, &k.Manifest); err != nil {
		return k, damaged(k, manifestFile, err)
	}
	for _, file := range append([]string{vmlinuxFile, modulesFile}, bootFiles(k.Boot)...) {
		if _, ok := k.Files[file]; !ok {
			return k, damaged(k, manifestFile, fmt.Errorf("it does not list %s", file))
		}
	}
	for file, want := range k.Files {
		info, err := fs.Stat(folder, file)
		if err != nil {
			return k, damaged(k, file, err)
		}
		if !info.Mode().IsRegular() || info.Size() != want.Size {
			return k, damaged(k, file, fmt.Errorf("it has %d bytes instead of %d", info.Size(), want.Size))
		}
	}
	return k, nil
}

func bootFiles(boot []string) []string {
	files := make([]string, len(boot))
	for i, name := range boot {
		files[i] = path.Join(bootFolder, name)
	}
	return files
}

// Verify reads every file of the kernel and compares it with the manifest. What
// differs is a problem.Damaged that names the file.
func (k Kernel) Verify(ctx context.Context) error {
	for file, want := range k.Files {
		got, err := hashFile(ctx, filepath.Join(k.Dir, file))
		if err == nil && got != want {
			err = errors.New("its content has changed")
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			return damaged(k, file, err)
		}
	}
	return nil
}

func hashFile(ctx context.Context, path string) (File, error) {
	f, err := os.Open(path)
	if err != nil {
		return File{}, err
	}
	defer f.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, contextReader{ctx, f})
	return File{Size: n, SHA256: hex.EncodeToString(sum.Sum(nil))}, err
}

// damaged names the file, why, and how to get a whole one.
func damaged(k Kernel, file string, cause error) error {
	if pathError, ok := errors.AsType[*fs.PathError](cause); ok {
		cause = pathError.Err
	}
	p := problem.New(problem.Damaged, "kernel %q is damaged: %s: %w", k.Name, file, cause)
	if k.Source == "" || strings.HasPrefix(k.Source, sourceApt) {
		return p.WithRemedy("banger kernel pull --force %s", k.Name)
	}
	return p.WithRemedy("delete it with `banger kernel delete %s` and import it again from %s", k.Name, k.Source)
}
