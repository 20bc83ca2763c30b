package doctor

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"banger/internal/machine"
	"banger/internal/model"
	"banger/internal/store"
	"banger/internal/unixsock"
)

// everything says of each file below a folder what a change would change, to the nanosecond. The time of the inode's change
// is not among it: SQLite, when it is root's, gives the owner of a side file to that same owner.
func everything(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		var st unix.Stat_t
		if err := unix.Lstat(path, &st); err != nil {
			return err
		}
		content := ""
		if d.Type().IsRegular() {
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			content = fmt.Sprintf("%x", sha256.Sum256(text))
		}
		all[path] = fmt.Sprintln(d.Type(), st.Ino, st.Mode, st.Uid, st.Size, st.Mtim, content)
		return nil
	}))
	return all
}

// wantSame makes every check on a host, and compares everything of it afterwards with what it was before.
func wantSame(t *testing.T, b bench) Report {
	t.Helper()
	t.Setenv("TMPDIR", filepath.Join(b.dir, "tmp"))
	must(t, os.MkdirAll(os.TempDir(), 0o700))
	if left := names(os.TempDir()); len(left) > 0 {
		t.Fatalf("in the folder for temporary files: %v", left)
	}
	before := everything(t, b.dir)
	report := look(t.Context(), b.host, "test")
	after := everything(t, b.dir)
	delete(before, os.TempDir())
	delete(after, os.TempDir()) // copies come and go in it
	for path, was := range before {
		if after[path] != was {
			t.Errorf("%s: was %sis %s", path, was, after[path])
		}
	}
	for path := range after {
		if before[path] == "" {
			t.Errorf("%s was made", path)
		}
	}
	return report
}

// record puts an image, a VM and a snapshot into the database, with the files of none.
func (b bench) record() {
	b.t.Helper()
	must(b.t, os.MkdirAll(b.paths.State, 0o700))
	db, err := store.Open(b.t.Context(), b.paths.Database())
	must(b.t, err)
	now := time.Now()
	must(b.t, db.UpsertImage(b.t.Context(), model.Image{ID: id('1'), Name: "img", RootfsPath: filepath.Join(b.dir, "rootfs.ext4"), CreatedAt: now, UpdatedAt: now}))
	vm := model.VMRecord{ID: id('2'), Name: "web", ImageID: id('1'), State: model.StateStopped, CreatedAt: now, UpdatedAt: now, LastTouchedAt: now}
	must(b.t, db.UpsertVM(b.t.Context(), vm))
	must(b.t, db.CreateSnapshot(b.t.Context(), model.Snapshot{ID: id('3'), Name: "kept", VMID: id('2'), VMName: "web", ImageID: id('1'), Memory: true, CreatedAt: now}))
	must(b.t, db.Close())
}

// id is one that consists of one digit.
func id(digit byte) string { return string(slices.Repeat([]byte{digit}, 32)) }

// listen listens on a socket, or leaves a dead one there.
func (b bench) listen(path string, alive bool) {
	b.t.Helper()
	must(b.t, os.MkdirAll(filepath.Dir(path), 0o700))
	l, err := unixsock.Listen(path)
	must(b.t, err)
	if !alive {
		must(b.t, l.Close())
		return
	}
	b.t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conn.Close()
		}
	}()
}

// inUse gives the host something in each of its folders: whole, damaged and left over.
func (b bench) inUse() {
	b.record()
	for _, path := range []string{
		filepath.Join(b.paths.Machine(id('2')), "work.ext4"), filepath.Join(b.paths.Machine(id('4')), "work.ext4"),
		filepath.Join(b.paths.Machine(id('5')), machine.SpareFile), filepath.Join(b.paths.Images(), ".build-"+id('6'), "rootfs.ext4"),
		filepath.Join(b.paths.Templates(), id('7'), "manifest.json"), filepath.Join(b.paths.Snapshots(), id('3'), "manifest.json"),
		filepath.Join(b.paths.Kernels(), "broken", "manifest.json"), filepath.Join(b.paths.InitramfsCache(), ".1.tmp"),
		b.paths.Lock(), b.paths.DaemonLog(), b.paths.Config,
	} {
		b.write(path, "")
	}
	b.listen(b.paths.Socket(), true)
	b.listen(filepath.Join(filepath.Dir(b.paths.MachineRun("x")), id('2')+".sock"), true)
	b.listen(filepath.Join(b.paths.TemplateMakersRun(), id('8')+".sock"), false)
}

func TestLookingChangesNothing(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(t *testing.T, b bench)
		sides   []string
	}{
		"a closed database":                  {func(*testing.T, bench) {}, nil},
		"a database at work":                 {func(t *testing.T, b bench) { openElsewhere(t, b.paths.Database()) }, []string{"-shm", "-wal"}},
		"a database left by a killed daemon": {func(t *testing.T, b bench) { openElsewhere(t, b.paths.Database())() }, []string{"-shm", "-wal"}},
		"a database whose log has no index": {func(t *testing.T, b bench) {
			openElsewhere(t, b.paths.Database())()
			must(t, os.Remove(b.paths.Database()+"-shm"))
		}, []string{"-wal"}},
		"a damaged database": {func(t *testing.T, b bench) {
			b.write(b.paths.Database(), "this is no database, and long enough to be taken for one")
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.inUse()
			c.prepare(t, b)
			for _, side := range []string{"-wal", "-shm"} {
				if got, want := b.has(b.paths.Database()+side), slices.Contains(c.sides, side); got != want {
					t.Fatalf("state.db%s is there: %v, want %v", side, got, want)
				}
			}
			report := wantSame(t, b)
			if len(report.Checks) < len(hostChecks)+len(ownChecks) {
				t.Errorf("%d rows for %d checks", len(report.Checks), len(hostChecks)+len(ownChecks))
			}
			whole := slices.ContainsFunc(report.Checks, func(r Row) bool { return r.Code == "database" && r.Status == OK })
			if whole != (name != "a damaged database") {
				t.Errorf("of the database: %v", b.rows("database"))
			}
		})
	}
}

func TestLookingWhereNothingIsMakesNothing(t *testing.T) {
	b := newBench(t)
	report := wantSame(t, b)
	for _, row := range report.Checks {
		if slices.ContainsFunc(ownChecks, func(c check) bool { return c.code == row.Code }) && row.Status != OK {
			t.Errorf("%+v", row)
		}
	}
}
