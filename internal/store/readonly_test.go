package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"testing"

	sqlite3 "modernc.org/sqlite/lib"

	"banger/internal/problem"
)

// contents are the bytes of every file in a folder.
func contents(t testing.TB, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, name := range dirNames(t, dir) {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		all[name] = string(text)
	}
	return all
}

func expectSame(t testing.TB, before, after map[string]string) {
	t.Helper()
	for name := range after {
		if _, ok := before[name]; !ok {
			t.Errorf("%s was made", name)
		}
	}
	for name, text := range before {
		if after[name] != text {
			t.Errorf("%s was changed", name)
		}
	}
}

// look reads everything through a read-only handle and tries every way of writing.
func look(ctx context.Context, t testing.TB, path string, vms int) {
	t.Helper()
	s, err := OpenReadOnly(ctx, path)
	if err != nil {
		t.Error(err)
		return
	}
	defer s.Close()
	if got, err := s.VMs(ctx); err != nil || len(got) != vms {
		t.Errorf("%d VMs, %v, want %d", len(got), err, vms)
	}
	if err := s.CheckIntegrity(ctx); err != nil {
		t.Error(err)
	}
	_, createErr := s.CreateVM(ctx, testVM("x", "x", "i"), subnet)
	_, rawErr := s.read.ExecContext(ctx, "CREATE TABLE t (x)")
	for what, err := range map[string]error{
		"CreateVM": createErr, "raw": rawErr,
		"UpsertImage": s.UpsertImage(ctx, testImage("i", "renamed")), "DeleteImage": s.DeleteImage(ctx, "none"),
		"UpsertVM": s.UpsertVM(ctx, testVM("vm", "vm", "i")), "DeleteVM": s.DeleteVM(ctx, "vm"),
	} {
		if code := sqliteCode(err); code != sqlite3.SQLITE_READONLY {
			t.Errorf("%s: %v with code %d, want it refused as read-only", what, err, code)
		}
	}
}

// sample is a closed database with one image and one VM.
func sample(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "state.db")
	s := mustOpen(t, path)
	if err := s.UpsertImage(t.Context(), testImage("i", "image")); err != nil {
		t.Fatal(err)
	}
	mustCreate(t, s, testVM("vm", "vm", "i"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLookingChangesNothing(t *testing.T) {
	t.Run("closed", func(t *testing.T) {
		path := sample(t)
		before := contents(t, filepath.Dir(path))
		look(t.Context(), t, path, 1)
		expectSame(t, before, contents(t, filepath.Dir(path)))
	})
	t.Run("open in another process", func(t *testing.T) {
		path := sample(t)
		p := startProcess(t, "forever", path)
		before := contents(t, filepath.Dir(path))
		if len(before) != 3 {
			t.Fatalf("%d files, want the log and its index too", len(before))
		}
		look(t.Context(), t, path, 1)
		expectSame(t, before, contents(t, filepath.Dir(path)))
		p.begin()
		p.next()
		p.next()
		s, err := OpenReadOnly(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if vms, err := s.VMs(t.Context()); err != nil || len(vms) < 3 {
			t.Errorf("beside a writer: %d VMs, %v", len(vms), err)
		}
	})
	t.Run("left by a killed process", func(t *testing.T) {
		path := sample(t)
		p := startProcess(t, "forever", path)
		p.begin()
		p.next()
		p.kill()
		s := 0
		for range p.rest(t) {
			s++
		}
		before := contents(t, filepath.Dir(path))
		if before["state.db-wal"] == "" {
			t.Fatal("no log was left")
		}
		ro, err := OpenReadOnly(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		vms, err := ro.VMs(t.Context())
		if ro.Close(); err != nil || len(vms) < 2 {
			t.Errorf("%d VMs, %v: what is in the log was not seen", len(vms), err)
		}
		look(t.Context(), t, path, len(vms))
		expectSame(t, before, contents(t, filepath.Dir(path)))
	})
	t.Run("left by a process killed at its first write", func(t *testing.T) {
		path := sample(t)
		p := startProcess(t, "forever", path)
		p.begin()
		p.next()
		p.kill()
		if err := os.Truncate(path+"-wal", 32); err != nil { // the header alone, as TestKilledMigrationIsMadeUpFor meets it
			t.Fatal(err)
		}
		before := contents(t, filepath.Dir(path))
		look(t.Context(), t, path, 1)
		expectSame(t, before, contents(t, filepath.Dir(path)))
		mustCreate(t, mustOpen(t, path), testVM("new", "new", "i"))
	})
	t.Run("a log without its index", func(t *testing.T) {
		path := sample(t)
		p := startProcess(t, "forever", path)
		p.begin()
		p.next()
		p.kill()
		vms := len(texts(t, path, "SELECT id FROM vms"))
		if err := os.Remove(path + "-shm"); err != nil {
			t.Fatal(err)
		}
		t.Setenv("TMPDIR", t.TempDir())
		before := contents(t, filepath.Dir(path))
		look(t.Context(), t, path, vms)
		expectSame(t, before, contents(t, filepath.Dir(path)))
		if left := dirNames(t, os.TempDir()); len(left) != 0 {
			t.Errorf("left: %v", left)
		}
	})
	t.Run("older version", func(t *testing.T) {
		path := sample(t)
		execRaw(t, path, "DELETE FROM schema_migrations WHERE id = 2; ALTER TABLE images ADD COLUMN packages_path TEXT")
		before := contents(t, filepath.Dir(path))
		look(t.Context(), t, path, 1)
		s, err := OpenReadOnly(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if state, err := s.InspectSchemaState(t.Context()); state != MigrationsNeeded || err != nil {
			t.Errorf("state %d, %v, want %d", state, err, MigrationsNeeded)
		}
		s.Close()
		expectSame(t, before, contents(t, filepath.Dir(path)))
		if !slices.Contains(columnsOf(t, path, "images"), "packages_path") {
			t.Error("the old column is gone")
		}
	})
}

func TestReadOnlySettings(t *testing.T) {
	s, err := OpenReadOnly(t.Context(), sample(t))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for name, want := range map[string]string{
		"foreign_keys": "1", "busy_timeout": "5000",
		"synchronous": "2", "temp_store": "0", "journal_size_limit": "-1", "query_only": "0", // as SQLite has them
	} {
		if got := rawTexts(t, s.read, "PRAGMA "+name); got[0] != want {
			t.Errorf("%s is %s, want %s", name, got[0], want)
		}
	}
}

// TestLookingIntoAFolderThatMayNotBeWritten tries it as another user when this is
// root, whom no mode keeps out.
func TestLookingIntoAFolderThatMayNotBeWritten(t *testing.T) {
	closed, killed := sample(t), sample(t)
	p := startProcess(t, "forever", killed)
	p.begin()
	p.next()
	p.kill()
	for _, path := range []string{closed, killed} {
		dir := filepath.Dir(path)
		for name := range contents(t, dir) {
			if err := os.Chmod(filepath.Join(dir, name), 0o444); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chmod(dir, 0o555); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.Chmod(dir, 0o700) })
	}
	vms := len(texts(t, killed, "SELECT id FROM vms"))
	for path, want := range map[string]int{closed: 1, killed: vms} {
		before := contents(t, filepath.Dir(path))
		enterable(t, path)
		asPlainUser(func() {
			if err := os.WriteFile(filepath.Join(filepath.Dir(path), "probe"), nil, 0o600); err == nil {
				t.Error("the folder can be written: this tests nothing")
			}
			look(t.Context(), t, path, want)
		})
		expectSame(t, before, contents(t, filepath.Dir(path)))
	}
}

// enterable lets other users through the test's own folder, which is above path's.
func enterable(t testing.TB, path string) {
	t.Helper()
	if err := os.Chmod(filepath.Dir(filepath.Dir(path)), 0o755); err != nil {
		t.Fatal(err)
	}
}

// asPlainUser runs f on a thread whose file system access is a plain user's, and which ends with f.
func asPlainUser(f func()) {
	if os.Geteuid() != 0 {
		f()
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		if _, _, errno := syscall.RawSyscall(syscall.SYS_SETFSUID, 54321, 0, 0); errno != 0 {
			panic(errno)
		}
		f()
	}()
	<-done
}

func TestLookingFailsAtOnce(t *testing.T) {
	dir := t.TempDir()
	missing := filepath.Join(dir, "missing.db")
	_, err := OpenReadOnly(t.Context(), missing)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	garbage := filepath.Join(dir, "garbage.db")
	if err := os.WriteFile(garbage, []byte("garbage, and long enough to be read as a header of a hundred bytes, which is what SQLite looks at first"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = OpenReadOnly(t.Context(), garbage)
	expectCode(t, err, problem.Damaged)
	_, err = OpenReadOnly(t.Context(), dir)
	expectCode(t, err, problem.Unavailable)
	if names := dirNames(t, dir); !slices.Equal(names, []string{"garbage.db"}) {
		t.Errorf("left: %v", names)
	}
}

func TestUnreadableFile(t *testing.T) {
	file, folder := sample(t), sample(t)
	for _, path := range []string{file, folder} {
		enterable(t, path)
	}
	for _, path := range []string{file, filepath.Dir(folder)} {
		if err := os.Chmod(path, 0); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.Chmod(path, 0o700) })
	}
	for _, path := range []string{file, folder} {
		asPlainUser(func() {
			_, err := OpenReadOnly(t.Context(), path)
			expectCode(t, err, problem.Unavailable)
		})
	}
}

func TestDamagedPageIsFound(t *testing.T) {
	s, err := OpenReadOnly(t.Context(), overwritten(t))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	expectCode(t, s.CheckIntegrity(t.Context()), problem.Damaged)
}
