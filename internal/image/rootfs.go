package image

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"banger/internal/disk"
	"banger/internal/progress"
)

// maxSize bounds the root file system, in bytes.
const maxSize = 16 << 30

// makeRootfs makes the root file system of an image at path: mmdebstrap, filter and
// conversion are one pipeline.
func (h host) makeRootfs(ctx context.Context, id string, r Request, src sources, path string, sink progress.Sink) (err error) {
	scratch, err := h.scratch(id, r.room())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.removeScratch(id)) }()
	archive, out, err := os.Pipe()
	if err != nil {
		return err
	}
	defer archive.Close()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	made := make(chan error, 1)
	go func() {
		defer out.Close() // now the archive ends: an end that comes too soon is never seen before its cause
		b := bootstrap{h, r, src, scratch, filepath.Dir(path), &buildLog{sink: sink}}
		made <- b.run(ctx, out)
	}()
	err = convert(ctx, archive, h.own(src), path)
	stop(err)                            // mmdebstrap, if it is still at work
	if failed := <-made; failed != nil { // the cause of err, or err itself
		return failed
	}
	return err
}

// convert makes the file system at path out of the archive as it comes in, with
// the files of own in it.
func convert(ctx context.Context, archive *os.File, own map[string]string, path string) error {
	interrupt := func() { _ = archive.SetReadDeadline(time.Now()) }
	defer context.AfterFunc(ctx, interrupt)()
	slimmed, out := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		err := slim(out, archive, own)
		if err == nil {
			_, err = io.Copy(io.Discard, archive) // padding
		}
		out.CloseWithError(err)
	}()
	err := disk.FromTar(ctx, slimmed, path, maxSize)
	if err != nil {
		interrupt()
	}
	slimmed.CloseWithError(err)
	<-done
	return err
}

// own is the content of files that must not come from the host, or that a guest is nicer with.
func (h host) own(src sources) map[string]string {
	return map[string]string{
		"etc/apt/sources.list": h.forGuest(src).String(),
		"etc/default/locale":   "LANG=C.UTF-8\n",
		"etc/hostname":         "",
		"etc/hosts":            "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n",
		"etc/machine-id":       "", // empty: made at boot, machine-id(5)
		"etc/resolv.conf":      "",
	}
}
