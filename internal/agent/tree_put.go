package agent

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"banger/internal/guestlink"
	"banger/internal/tree"
)

// treePut writes the files of a workspace and remembers them.
func (a *Agent) treePut(r *guestlink.TreePut, stream net.Conn) {
	a.puts.Lock() // the record is one
	defer a.puts.Unlock()
	p, err := a.putter(r)
	if err != nil {
		guestlink.Refuse(stream, refusal(err))
		return
	}
	defer p.way.close()
	if guestlink.WriteMessage(stream, guestlink.Response{}) != nil {
		return
	}
	p.in = guestlink.NewBulkReader(stream)
	end, err := p.put(r)
	guestlink.NewBulkWriter(stream).End(guestlink.CopyEnd{Error: refusal(err), Tree: end.Tree}) // in vain when the host has gone
}

// putBuffer is how much of a content is written at once, in bytes.
const putBuffer = 256 << 10

// putter writes the entries of a stream.
type putter struct {
	in  *guestlink.BulkReader
	way *way
	buf []byte

	old     *record
	now     map[string]known // what the record is to say in addition; Gone is what it is to forget
	folders map[string]bool  // those that were entered, and whether they hold only what is known
	making  bool             // folders are made when they are missing
}

func (a *Agent) putter(r *guestlink.TreePut) (*putter, error) {
	if r == nil || !filepath.IsAbs(r.Path) || !filepath.IsAbs(r.Record) {
		return nil, refuse(guestlink.CodeInvalid, "tree_put does not say where to write")
	}
	if err := a.sys.Ready(); err != nil {
		return nil, err
	}
	old, err := readRecord(r.Record, r.Path)
	if err != nil || r.Fresh { // a damaged one knows nothing, which is no reason not to write a new one
		old = &record{Path: r.Path}
	}
	empty, err := makeTop(r.Path)
	if err != nil {
		return nil, err
	}
	if r.Fresh && !empty {
		return nil, refuse(guestlink.CodeOccupied, "%q is there already and is not empty", r.Path)
	}
	p := &putter{old: old, now: map[string]known{}, folders: map[string]bool{}, buf: make([]byte, putBuffer)}
	if p.way, err = openWay(r.Path); err != nil {
		return nil, err
	}
	p.way.enter, p.way.leave = p.enter, p.leave
	p.meet(p.way.steps[0].fd, "", empty)
	return p, nil
}

// makeTop makes the folder of a workspace unless there is one, and reports whether it is empty.
func makeTop(path string) (empty bool, err error) {
	if err := os.MkdirAll(path, 0o755); err != nil {
		if errors.Is(err, unix.ENOTDIR) {
			return false, refuse(guestlink.CodeOccupied, "%q is no folder, and cannot be made one: %v", path, err)
		}
		return false, err
	}
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	_, err = f.Readdirnames(1)
	if err == io.EOF {
		return true, nil
	}
	return false, err
}

// put obeys the whole stream and writes the record. What is remembered while it does so is what was there before, as torn.
func (p *putter) put(r *guestlink.TreePut) (end guestlink.CopyEnd, err error) {
	if err := p.begin(r.Record); err != nil {
		return end, err
	}
	for err == nil {
		err = p.next()
	}
	if err != io.EOF {
		return end, err
	}
	if end, err = p.in.End(); err != nil {
		return end, err
	}
	if end.Tree == "" {
		return end, refuse(guestlink.CodeInvalid, "the host does not say which tree it has sent")
	}
	p.way.close()
	p.old.Base, p.old.Commit = end.Tree, r.Commit
	p.old.update(p.now)
	if err := p.old.write(r.Record); err != nil {
		return end, err
	}
	awaitTick(p.now)
	return end, os.Remove(r.Record + tornSuffix)
}

// begin keeps the old record as a torn one.
func (p *putter) begin(file string) error {
	if p.old.torn {
		return nil
	}
	if p.old.Base != "" {
		return os.Rename(file, file+tornSuffix)
	}
	if err := p.old.write(file + tornSuffix); err != nil {
		return err
	}
	if err := os.Remove(file); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// maxTicks bounds the wait for one, should the clock have been set back: then a stamp is not there twice by mere chance.
const maxTicks = 100

// awaitTick waits until a change of a file gets a later stamp than all of these have, by which it can be told. The clock for
// stamps stands still for some milliseconds at a time, and after a finer stamp than that new ones stay with it meanwhile.
func awaitTick(written map[string]known) {
	var last int64
	for _, k := range written {
		last = max(last, k.ctime)
	}
	var now unix.Timespec
	for range maxTicks {
		unix.ClockGettime(unix.CLOCK_REALTIME_COARSE, &now) // fails for no clock that there is
		if now.Nano() > last {
			return
		}
		<-time.After(time.Millisecond)
	}
}

// next obeys one entry; io.EOF is the end.
func (p *putter) next() error {
	e, err := tree.ReadEntry(p.in)
	if err != nil {
		return err
	}
	if err := checkEntry(e); err != nil {
		return refuse(guestlink.CodeInvalid, "the host sends %q: %v", e.Path, err)
	}
	err = p.obey(e)
	switch {
	case errors.Is(err, errOccupied):
		return refuse(guestlink.CodeOccupied, "write %q: there is a folder of that name that is not empty", e.Path)
	case errors.Is(err, io.EOF):
		err = io.ErrUnexpectedEOF
		fallthrough
	case err != nil:
		return fmt.Errorf("write %q: %w", e.Path, err)
	}
	return nil
}

func (p *putter) obey(e tree.Entry) error {
	dir, name := split(e.Path)
	p.making = e.Mode != tree.Gone
	if e.Mode == tree.Folder {
		_, err := p.way.to(e.Path)
		return err
	}
	parent, err := p.way.to(dir)
	var st unix.Stat_t
	switch {
	case e.Mode == tree.Gone:
		return p.remove(parent, e, err)
	case err != nil:
		return err
	case e.Mode == tree.Link:
		st, err = p.link(parent, name, e)
	default:
		st, err = p.file(parent, name, e)
	}
	if err == nil && !e.Aside {
		e.Time = st.Mtim.Nano()
		p.now[e.Path] = known{e, st.Ino, st.Ctim.Nano()}
	}
	return err
}
