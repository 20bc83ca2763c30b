package image

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"banger/internal/model"
	"banger/internal/problem"
)

const (
	rootfsFile   = "rootfs.ext4"
	manifestFile = "manifest.json"
	// maxManifest bounds what is read of a manifest: a list of packages fits easily.
	maxManifest = 1 << 20
)

// Manifest says what an image is made of. The file system itself has no checksums.
type Manifest struct {
	Format  int       `json:"format"` // 1
	ID      string    `json:"id"`
	Suite   string    `json:"suite"`
	Include []string  `json:"include,omitempty"` // packages asked for beside the default ones
	Size    int64     `json:"size_bytes"`        // of rootfs.ext4
	SHA256  string    `json:"sha256"`            // of rootfs.ext4
	Created time.Time `json:"created_at"`
}

// ReadManifest gives an image's manifest. A missing or unreadable one is a problem.Damaged.
func ReadManifest(img model.Image) (Manifest, error) {
	var m Manifest
	err := readManifest(filepath.Join(img.ArtifactDir, manifestFile), &m)
	if err == nil && (m.Format != 1 || m.ID != img.ID) {
		err = fmt.Errorf("it is of format %d and image %.32q", m.Format, m.ID)
	}
	if err != nil {
		return m, damaged(img, fmt.Errorf("its manifest: %w", err))
	}
	return m, nil
}

func readManifest(path string, m *Manifest) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return json.NewDecoder(io.LimitReader(f, maxManifest)).Decode(m)
}

// Check looks, in no time, whether an image's files are there and have their
// size. What is not so is a problem.Damaged.
func Check(img model.Image) error {
	_, err := check(img)
	return err
}

func check(img model.Image) (Manifest, error) {
	m, err := ReadManifest(img)
	if err != nil {
		return m, err
	}
	info, err := os.Lstat(img.RootfsPath)
	if err != nil {
		return m, damaged(img, err)
	}
	if !info.Mode().IsRegular() || info.Size() != m.Size {
		return m, damaged(img, fmt.Errorf("%s has %d bytes instead of %d", img.RootfsPath, info.Size(), m.Size))
	}
	return m, nil
}

// Verify does what Check does and reads the whole root file system, a second or so, to
// compare it with its checksum.
func Verify(ctx context.Context, img model.Image) error {
	m, err := check(img)
	if err != nil {
		return err
	}
	sum, err := checksum(ctx, img.RootfsPath)
	if err != nil {
		return fmt.Errorf("verify image %q: %w", img.Name, err)
	}
	if sum != m.SHA256 {
		return damaged(img, fmt.Errorf("%s is not what was built: its checksum differs", img.RootfsPath))
	}
	return nil
}

func damaged(img model.Image, err error) error {
	return problem.New(problem.Damaged, "image %q is damaged: %w", img.Name, err).
		WithRemedy("delete the image and the VMs that use it, then build it again: banger image delete %[1]s; banger image build %[1]s", img.Name)
}

// checksum is the sha256 of a file, in hexadecimal digits.
func checksum(ctx context.Context, path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	defer context.AfterFunc(ctx, func() { f.Close() })()
	h := sha256.New()
	if _, err := io.CopyBuffer(struct{ io.Writer }{h}, struct{ io.Reader }{f}, make([]byte, 1<<20)); err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// write puts the manifest into a folder, through to the disk.
func (m Manifest) write(dir string) error {
	data, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(dir, manifestFile)
	if err := os.WriteFile(path, append(data, '\n'), 0o644); err != nil {
		return err
	}
	return syncPath(path)
}
