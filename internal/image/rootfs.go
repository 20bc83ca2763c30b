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
	room := int64(roomForBase)
	if len(r.Include) > 0 {
		room = roomForMore
	}
	scratch, err := h.scratch(id, room)
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
		defer out.Close()
		b := bootstrap{h, r, src, scratch, filepath.Dir(path), &buildLog{sink: sink}}
		made <- b.run(ctx, out)
	}()
	in := &pipe{File: archive}
	err = convert(ctx, in, h.own(src), path)
	if err != nil && !in.ended {
		stop(err)
	}
	if failed := <-made; failed != nil { // the cause of err, or err itself
		return failed
	}
	return err
}

// convert makes the file system at path out of the archive as it comes in, with
// the files of own in it.
func convert(ctx context.Context, archive *pipe, own map[string]string, path string) error {
	defer context.AfterFunc(ctx, archive.interrupt)()
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
		archive.interrupt()
	}
	slimmed.CloseWithError(err)
	<-done
	return err
}

// pipe is the reading end of mmdebstrap's standard output.
type pipe struct {
	*os.File
	ended bool // nobody will write any more
}

func (p *pipe) Read(b []byte) (int, error) {
	n, err := p.File.Read(b)
	p.ended = p.ended || errors.Is(err, io.EOF)
	return n, err
}

// interrupt makes a Read that waits return.
func (p *pipe) interrupt() { _ = p.SetReadDeadline(time.Now()) }

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
