package agent

import (
	"context"
	"io"
	"io/fs"
	"net"
	"path/filepath"
	"time"

	"banger/internal/archive"
	"banger/internal/guestlink"
)

// copyFrom answers a request for a file or folder of the guest's.
func (a *Agent) copyFrom(c *guestlink.CopyFrom, stream net.Conn) {
	source, info, err := a.source(c)
	if err != nil {
		guestlink.Refuse(stream, refusal(err))
		return
	}
	if guestlink.WriteMessage(stream, guestlink.Response{Source: &guestlink.Source{Dir: info.IsDir(), Size: info.Size()}}) != nil {
		return
	}
	_, leave := attend(stream)
	defer leave()
	out := guestlink.NewBulkWriter(stream)
	result, err := archive.Pack(out, source, archive.Options{Preserve: c.Preserve})
	out.End(guestlink.CopyEnd{Error: refusal(err), LeftOut: result.LeftOut}) // in vain when the host has gone
}

// attend notices when the host goes, which has nothing more to say: ctx ends, and writes to stream fail. leave ends that.
func attend(stream net.Conn) (ctx context.Context, leave func()) {
	ctx, cancel := context.WithCancel(context.Background())
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		io.Copy(io.Discard, stream)
		cancel()
		stream.Close() // lets go of a write that the host does not take any more
	}()
	return ctx, func() {
		stream.SetReadDeadline(time.Unix(1, 0))
		<-gone
	}
}

func (a *Agent) source(c *guestlink.CopyFrom) (string, fs.FileInfo, error) {
	if c == nil {
		return "", nil, refuse(guestlink.CodeInvalid, "copy_from names nothing")
	}
	path, err := a.fromHome(c.Path)
	if err != nil {
		return "", nil, err
	}
	info, err := archive.Stat(path)
	return path, info, err
}

// copyTo takes a file, a folder, or the content of a tar stream.
func (a *Agent) copyTo(c *guestlink.CopyTo, stream net.Conn) {
	target, err := a.target(c)
	if err != nil {
		guestlink.Refuse(stream, refusal(err))
		return
	}
	if guestlink.WriteMessage(stream, guestlink.Response{}) != nil {
		return
	}
	in := guestlink.NewBulkReader(stream)
	o := archive.Options{Preserve: c.Preserve, Owners: c.Owners, Trusted: true}
	var result archive.Result
	if c.Tar {
		result, err = archive.UnpackInto(in, target, o)
	} else {
		result, err = archive.Unpack(in, target, c.Dir, o)
	}
	if err == nil {
		_, err = in.End()
	}
	guestlink.NewBulkWriter(stream).End(guestlink.CopyEnd{Error: refusal(err), LeftOut: result.LeftOut})
}

func (a *Agent) target(c *guestlink.CopyTo) (string, error) {
	if c == nil {
		return "", refuse(guestlink.CodeInvalid, "copy_to names nothing")
	}
	path, err := a.fromHome(c.Path)
	if err != nil {
		return "", err
	}
	if c.Tar {
		return path, archive.Folder(path)
	}
	return archive.Target(path, c.Base, c.Dir)
}

// fromHome is path as a command that is started in root's home sees it. A slash at its end, which means something, is kept.
func (a *Agent) fromHome(path string) (string, error) {
	if err := a.sys.Ready(); err != nil || filepath.IsAbs(path) {
		return path, err
	}
	acc, err := guestDatabases.account("")
	if err != nil {
		return "", err
	}
	home, err := directory("", acc.home)
	return at(home, path), err
}
