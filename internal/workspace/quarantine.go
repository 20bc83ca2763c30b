package workspace

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"banger/internal/problem"
)

// The limits of what one export brings to this host, in bytes.
const (
	maxExport = 8 << 30
	spare     = 256 << 20 // of the disk, left free
	perObject = 4 << 10   // what a small object takes of the disk
)

// quarantine is a folder inside a Dir for what a guest sends. It has objects of its own, which know the base's;
// nothing of it is ever moved into the base's. It is removed in the end.
type quarantine struct {
	d     Dir
	dir   string
	store objects
	room  int64 // bytes that can still be taken
}

// quarantine makes one for a base.
func (d Dir) quarantine(b Base) (*quarantine, error) {
	dir, err := d.scratch()
	if err != nil {
		return nil, err
	}
	room, err := roomOf(dir)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	store := objects{dir: filepath.Join(dir, "objects"), sum: b.sum()}
	return &quarantine{d: d, dir: dir, store: store, room: room}, os.Mkdir(store.dir, 0o700)
}

// scratch makes an empty folder inside d, for one piece of work; a Dir has one at a time. What a crash has left is removed.
func (d Dir) scratch() (string, error) {
	const prefix = "scratch-"
	entries, err := os.ReadDir(string(d))
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), prefix) {
			err = errors.Join(err, os.RemoveAll(filepath.Join(string(d), e.Name())))
		}
	}
	if err != nil {
		return "", err
	}
	return os.MkdirTemp(string(d), prefix)
}

// roomOf is how much an export may take of the disk that dir is on.
func roomOf(dir string) (int64, error) {
	var stat unix.Statfs_t
	if err := unix.Statfs(dir, &stat); err != nil {
		return 0, os.NewSyscallError("statfs "+dir, err)
	}
	return min(maxExport, int64(stat.Bavail)*stat.Bsize-spare), nil
}

// take reserves room for an object of size bytes.
func (q *quarantine) take(size int64) error {
	if q.room -= perObject; size > q.room {
		return q.tooMuch()
	}
	q.room -= size
	return nil
}

func (q *quarantine) tooMuch() error {
	return problem.New(problem.Exhausted, "what has changed in the guest is too much for this host: more than %d GiB, or than the disk has free", maxExport>>30).
		WithRemedy("let .gitignore name what is not to be exported, or make room in %s", q.d)
}

func (q *quarantine) remove() error { return os.RemoveAll(q.dir) }

// maxAlloc bounds each piece of memory that git asks for when it looks at what a guest made.
const maxAlloc = "GIT_ALLOC_LIMIT=512m"

// passing says that what git writes will not be needed after a crash.
var passing = [2]string{"core.fsync", "none"}

// git runs in an empty folder on the objects of base and quarantine. An attribute in a tree of the guest's has no say, in versions of git too that read them in bare repositories.
func (q *quarantine) git() git {
	return git{
		dir: q.store.dir,
		env: []string{
			"GIT_DIR=" + string(q.d), "GIT_OBJECT_DIRECTORY=" + q.store.dir, "GIT_ALTERNATE_OBJECT_DIRECTORIES=" + alternate(q.d.objects()),
			"GIT_INDEX_FILE=" + filepath.Join(q.dir, "index"), "GIT_ATTR_SOURCE=" + emptyTree(q.store.sum), maxAlloc,
		},
		set: [][2]string{{"core.bigFileThreshold", "32m"}, {"core.bare", "true"}, passing},
	}
}

// emptyTree is the id of a tree that every git knows.
func emptyTree(sum int) string {
	if sum == 32 {
		return "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"
	}
	return "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
}
