package agent

import (
	"io"
	"net"

	"banger/internal/guestlink"
	"banger/internal/tree"
)

// The limits of names, in either direction.
const (
	maxNames     = 1 << 20
	maxNameBytes = 128 << 20
)

// treeGet sends files of a workspace. It reads all names before it sends anything: the host may send all before it reads.
func (a *Agent) treeGet(r *guestlink.TreeGet, stream net.Conn) {
	if r == nil {
		r = &guestlink.TreeGet{}
	}
	w, err := a.openTree(r.Path)
	if err != nil {
		guestlink.Refuse(stream, refusal(err))
		return
	}
	defer w.close()
	if guestlink.WriteMessage(stream, guestlink.Response{}) != nil {
		return
	}
	out := guestlink.NewBulkWriter(stream)
	names, err := readNames(guestlink.NewBulkReader(stream))
	ctx, leave := attend(stream)
	defer leave()
	files := &reader{ctx: ctx, way: w, buf: make([]byte, readBuffer)}
	for i := 0; err == nil && i < len(names); i++ {
		err = files.read(names[i], func(e tree.Entry) (io.Writer, error) { return out, tree.WriteEntry(out, e) })
	}
	out.End(guestlink.CopyEnd{Error: refusal(err)}) // in vain when the host has gone
}

func readNames(in io.Reader) (names []string, err error) {
	bytes := 0
	for {
		e, err := tree.ReadEntry(in)
		if err == io.EOF {
			return names, nil
		}
		if err != nil {
			return nil, err
		}
		if err := tree.CheckPath(e.Path); err != nil {
			return nil, refuse(guestlink.CodeInvalid, "the host asks for %q: %v", e.Path, err)
		}
		if bytes += len(e.Path); bytes > maxNameBytes || len(names) >= maxNames {
			return nil, refuse(guestlink.CodeInvalid, "the host asks for more than %d files, or names of more than %d MiB", maxNames, maxNameBytes>>20)
		}
		names = append(names, e.Path)
	}
}
