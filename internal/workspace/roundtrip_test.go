package workspace

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"banger/internal/agent/agenttest"
	"banger/internal/guestlink"
	"banger/internal/tree"
)

// sequences is how many random sequences of edits make the round trip. They take two idle processors a minute.
const sequences = 1000

// TestRoundTrip has every change in a guest come back to the host, byte for byte: in turn by a patch, applied, and as a branch.
func TestRoundTrip(t *testing.T) {
	home(t)
	for worker := range workers {
		t.Run(fmt.Sprint(worker), func(t *testing.T) {
			t.Parallel()
			trips := newTrips(t)
			for first := worker * chain; first < sequences && !t.Failed(); first += workers * chain {
				trips.run(t, uint64(first))
			}
		})
	}
}

// workers is how many agents there are at a time.
const workers = 4

// trips are those of one agent.
type trips struct {
	dir string
	elsewhere
}

func newTrips(t *testing.T) *trips {
	dir := t.TempDir()
	return &trips{dir, elsewhere{agentAt(t, dir), filepath.Join(dir, "record")}}
}

// elsewhere has the agent keep its record in another place.
type elsewhere struct {
	agent  *agenttest.Guest
	record string
}

// Stream implements Guest.
func (e elsewhere) Stream(ctx context.Context) (net.Conn, error) {
	conn, err := e.agent.Stream(ctx)
	return &moved{Conn: conn, record: e.record}, err
}

// moved is a stream whose first message names another record.
type moved struct {
	net.Conn
	record string
	asked  bool
}

func (m *moved) Write(p []byte) (int, error) {
	if m.asked {
		return m.Conn.Write(p)
	}
	m.asked = true
	var req guestlink.Request
	if err := json.Unmarshal(p[4:4+binary.BigEndian.Uint32(p)], &req); err != nil {
		return 0, err
	}
	if req.TreePut != nil {
		req.TreePut.Record = m.record
	}
	if req.TreeChanges != nil {
		req.TreeChanges.Record = m.record
	}
	return len(p), guestlink.WriteMessage(m.Conn, req)
}

// chain is how many sequences one repository sees. Each begins with what the one before has left.
const chain = 10

// run makes a repository, and again and again sends it, edits it in the guest and brings it back.
func (tr *trips) run(t *testing.T, first uint64) {
	t.Helper()
	dir := filepath.Join(tr.dir, fmt.Sprint(first))
	root, d := filepath.Join(dir, "repo"), Dir(filepath.Join(dir, "base"))
	e := &editor{Rand: rand.New(rand.NewPCG(first, 3)), t: t, dir: root}
	if err := os.MkdirAll(root, 0o755); err != nil {
		t.Fatal(err)
	}
	e.begin()
	for seed := first; seed < first+chain; seed++ {
		guest := filepath.Join(dir, fmt.Sprint("guest", seed))
		e.note("guest %d", seed)
		if err := tr.send(t, d, root, guest); err != nil {
			t.Fatalf("seed %d: %v", first, err)
		}
		e.dir = guest
		for range 1 + e.IntN(8) {
			e.edit()
		}
		tr.back(t, seed, d, root, guest)
		if t.Failed() {
			t.Fatalf("seed %d: %s", first, strings.Join(e.did, "; "))
		}
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
}

func (tr *trips) send(t *testing.T, d Dir, root, guest string) error {
	plan, err := Inspect(t.Context(), Source{Path: root, GuestPath: guest, Untracked: true})
	if err == nil {
		err = d.Stage(t.Context(), plan)
	}
	if err == nil {
		_, err = d.Send(t.Context(), tr, plan, nil)
	}
	return err
}

// back exports in one of the ways and compares.
func (tr *trips) back(t *testing.T, seed uint64, d Dir, root, guest string) {
	t.Helper()
	patch := filepath.Join(filepath.Dir(root), "patch")
	o := []ExportOptions{{Patch: patch}, {Apply: true}, {Branch: fmt.Sprint("back", seed)}}[seed%3]
	x, err := d.Export(t.Context(), tr, guest, o, nil)
	switch {
	case err != nil:
		t.Error(err)
		return
	case len(x.LeftOut) > 0:
		t.Errorf("left out: %v", x.LeftOut)
	case o.Patch != "" && x.PatchSize > 0:
		gitAt(t, root, "apply", patch)
	case x.Branch != "":
		gitAt(t, root, "clean", "-q", "-f", "-d") // what was sent without being tracked is in the branch
		gitAt(t, root, "reset", "-q", "--hard")
		gitAt(t, root, "checkout", "-q", x.Branch)
	}
	same(t, read(t, root), read(t, guest))
	if pending, err := d.Look(t.Context(), tr, guest); err != nil || !pending.Exported {
		t.Errorf("after the export: %+v %v", pending, err)
	}
}

// editor edits a working tree as its dice fall.
type editor struct {
	*rand.Rand
	t   *testing.T
	dir string
	did []string
}

// begin makes a repository with a few commits, and what is not committed.
func (e *editor) begin() {
	gitAt(e.t, e.dir, "init", "-q", "-b", "main", "--template=")
	for range 2 + e.IntN(6) {
		e.create()
	}
	e.commit()
	if e.IntN(2) == 0 {
		e.create()
	}
}

func (e *editor) edit() {
	create := func() { e.create() }
	edits := []func(){create, create, e.change, e.change, e.chmod, e.rename, e.remove, e.binary, e.symlink, e.commit, e.amend, e.merge, e.swap}
	edits[e.IntN(len(edits))]()
}

var tripNames = []string{"a", "b", "c d", "x\xff", "\u00e9", "t\tn\nq\"", "-r", ":(top)", "d.txt"}

// path is a new one, or one that is there. No path goes through a file.
func (e *editor) path() string {
	for {
		parts := []string{tripNames[e.IntN(len(tripNames))]}
		for e.IntN(3) == 0 && len(parts) < 4 {
			parts = append([]string{"f" + tripNames[e.IntN(len(tripNames))]}, parts...)
		}
		path := filepath.Join(parts...)
		fits := true
		for dir := range above(path) {
			info, err := os.Lstat(filepath.Join(e.dir, dir))
			fits = fits && (err != nil || info.IsDir())
		}
		if info, err := os.Lstat(filepath.Join(e.dir, path)); fits && (err != nil || !info.IsDir()) {
			return path
		}
	}
}

// some is a path that is there; one is made when there is none.
func (e *editor) some() string {
	all := slices.Sorted(maps.Keys(read(e.t, e.dir)))
	if len(all) == 0 {
		return e.create()
	}
	return all[e.IntN(len(all))]
}

func (e *editor) note(format string, args ...any) {
	e.did = append(e.did, fmt.Sprintf(format, args...))
}

func (e *editor) write(path string, l leafed) {
	e.note("write %q %o %d bytes", path, l.mode, len(l.content))
	lay(e.t, e.dir, map[string]leafed{path: l})
}

// text has line ends of all kinds.
func (e *editor) text() string {
	var b strings.Builder
	for range e.IntN(30) {
		fmt.Fprintf(&b, "line %d", e.IntN(20))
		b.WriteString([]string{"\n", "\n", "\n", "\r\n", "\r", ""}[e.IntN(6)])
	}
	return b.String()
}

func (e *editor) create() string {
	path := e.path()
	e.write(path, leafed{[]tree.Mode{tree.File, tree.File, tree.Program}[e.IntN(3)], e.text()})
	return path
}

func (e *editor) change() {
	path := e.some()
	l := read(e.t, e.dir)[path]
	if l.mode == tree.Link {
		return
	}
	at := e.IntN(len(l.content) + 1)
	l.content = l.content[:at] + e.text() + l.content[min(len(l.content), at+e.IntN(20)):]
	e.write(path, l)
}

func (e *editor) chmod() {
	path := e.some()
	l := read(e.t, e.dir)[path]
	if l.mode != tree.Link {
		e.note("chmod %q", path)
		if err := os.Chmod(filepath.Join(e.dir, path), map[tree.Mode]os.FileMode{tree.File: 0o755, tree.Program: 0o644}[l.mode]); err != nil {
			e.t.Fatal(err)
		}
	}
}

func (e *editor) rename() {
	from := e.some()
	l := read(e.t, e.dir)[from]
	if l.mode == tree.Link { // it would lead elsewhere
		return
	}
	e.take(from)
	e.write(e.path(), l)
}

func (e *editor) remove() { e.take(e.some()) }

// take removes a file and, as git does, folders that are empty then.
func (e *editor) take(path string) {
	e.note("remove %q", path)
	if err := os.Remove(filepath.Join(e.dir, path)); err != nil {
		e.t.Fatal(err)
	}
	for dir := range above(path) {
		os.Remove(filepath.Join(e.dir, dir)) // it is empty, or stays
	}
}

func (e *editor) binary() {
	b := make([]byte, e.IntN(5000))
	for i := range b {
		b[i] = byte(e.Uint32())
	}
	e.write(e.path(), plain(string(b)))
}

func (e *editor) symlink() {
	path := e.path() // is never a link's target: git apply cannot put a folder where a link to itself was
	e.write(path, link(strings.Repeat("../", e.IntN(strings.Count(path, "/")+1))+[]string{"nowhere", "fa", "fx\xff"}[e.IntN(3)]))
}

// swap puts a file where a folder was, or a folder where a file was.
func (e *editor) swap() {
	path := e.some()
	if dir := filepath.Dir(path); dir != "." {
		e.note("remove the folder %q", dir)
		if err := os.RemoveAll(filepath.Join(e.dir, dir)); err != nil {
			e.t.Fatal(err)
		}
		e.write(dir, plain(e.text()))
		return
	}
	e.take(path)
	e.write(filepath.Join(path, "in"), plain(e.text()))
}

func (e *editor) commit() {
	e.note("commit")
	gitAt(e.t, e.dir, "add", "-A")
	gitAt(e.t, e.dir, "commit", "-q", "--allow-empty", "-m", "c")
}

func (e *editor) amend() {
	e.note("amend")
	gitAt(e.t, e.dir, "add", "-A")
	gitAt(e.t, e.dir, "commit", "-q", "--amend", "--allow-empty", "-m", "amended")
}

// merge makes a commit on a side branch and merges it; what conflicts is taken from the side.
func (e *editor) merge() {
	e.commit()
	gitAt(e.t, e.dir, "checkout", "-q", "-b", "side")
	e.create()
	e.commit()
	gitAt(e.t, e.dir, "checkout", "-q", "-")
	e.create()
	e.commit()
	e.note("merge")
	cmd := exec.Command("git", "-c", "user.name=M", "-c", "user.email=m@example.org", "merge", "-q", "-X", "theirs", "-m", "merged", "side")
	cmd.Dir = e.dir
	if cmd.Run() != nil { // folders and files in each other's way
		gitAt(e.t, e.dir, "add", "-A")
		gitAt(e.t, e.dir, "commit", "-q", "-m", "merged by hand")
	}
	gitAt(e.t, e.dir, "branch", "-q", "-D", "side")
}
