package kernel

import (
	"archive/tar"
	"context"
	"io"
	"io/fs"
	"path"
	"time"

	"banger/internal/disk"
)

// writeModulesDisk makes the read-only file system that a guest mounts at
// /lib/modules: dir as its folder release. Owners are root, times zero.
func writeModulesDisk(ctx context.Context, dir fs.FS, release, file string) error {
	r, w := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.CloseWithError(archive(w, dir, release))
	}()
	err := disk.FromTar(ctx, r, file, maxTree)
	r.CloseWithError(io.ErrClosedPipe)
	<-done
	return err
}

// archive writes dir as a tar archive: folders and regular files only.
func archive(w io.Writer, dir fs.FS, release string) error {
	out := tar.NewWriter(w)
	err := fs.WalkDir(dir, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() && !d.Type().IsRegular() {
			return err
		}
		return add(out, dir, name, path.Join(release, name))
	})
	if err != nil {
		return err
	}
	return out.Close()
}

func add(out *tar.Writer, dir fs.FS, name, as string) error {
	f, err := dir.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	h := &tar.Header{Name: as, Mode: 0o644, Size: info.Size(), ModTime: time.Unix(0, 0), Typeflag: tar.TypeReg}
	if info.IsDir() {
		h.Typeflag, h.Mode, h.Size, h.Name = tar.TypeDir, 0o755, 0, as+"/"
		return out.WriteHeader(h)
	}
	if err := out.WriteHeader(h); err != nil {
		return err
	}
	_, err = io.Copy(out, f)
	return err
}
