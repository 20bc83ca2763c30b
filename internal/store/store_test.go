package store

import (
	"context"
	"database/sql"
	"errors"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"modernc.org/sqlite"

	"banger/internal/model"
	"banger/internal/problem"
)

var subnet = netip.MustParsePrefix("172.16.0.0/24")

func mustOpen(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func newStore(t testing.TB) *Store {
	t.Helper()
	return mustOpen(t, filepath.Join(t.TempDir(), "state.db"))
}

// execRaw runs SQL on a file without going through the store.
func execRaw(t testing.TB, path, text string) {
	t.Helper()
	db, err := sql.Open("sqlite", dsn(path, nil, busyTimeout))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(text); err != nil {
		t.Fatal(err)
	}
}

func clock(second int) time.Time {
	return time.Date(2026, 3, 4, 5, 6, second, 0, time.UTC)
}

// testImage has every field filled.
func testImage(id, name string) model.Image {
	return model.Image{
		ID: id, Name: name, Managed: true, ArtifactDir: "/i/" + id, RootfsPath: "/i/" + id + "/rootfs.ext4",
		WorkSeedPath: "/i/" + id + "/seed", KernelPath: "/k", InitrdPath: "/initrd", ModulesDir: "/modules", BuildSize: "123",
		SeededSSHPublicKeyFingerprint: "SHA256:x", Docker: true, CreatedAt: clock(1), UpdatedAt: clock(2),
	}
}

// testVM has every field filled but the address.
func testVM(id, name, imageID string) model.VMRecord {
	return model.VMRecord{
		ID: id, Name: name, ImageID: imageID, State: model.StateStopped,
		CreatedAt: clock(3), UpdatedAt: clock(4), LastTouchedAt: clock(5),
		Spec: model.Spec{
			VCPU: 2, MemoryMiB: 512, DiskBytes: 8 << 30, SystemBytes: 4 << 30, Kernel: "k", Engine: "auto",
			Ephemeral: true, Env: map[string]string{"A": "<b>", "B": ""},
		},
		Runtime: model.Runtime{Engine: "emulated", BootID: "boot", StartedAt: clock(6), StoppedAt: clock(7), Reason: "stopped"},
	}
}

// withImage gives a store that has the image "i".
func withImage(t testing.TB) *Store {
	t.Helper()
	s := newStore(t)
	if err := s.UpsertImage(t.Context(), testImage("i", "image")); err != nil {
		t.Fatal(err)
	}
	return s
}

func mustCreate(t testing.TB, s *Store, vm model.VMRecord) model.VMRecord {
	t.Helper()
	created, err := s.CreateVM(t.Context(), vm, subnet)
	if err != nil {
		t.Fatal(err)
	}
	return created
}

func expectCode(t testing.TB, err error, want problem.Code) {
	t.Helper()
	if err == nil || problem.CodeOf(err) != want {
		t.Errorf("error %v with code %s, want %s", err, problem.CodeOf(err), want)
	}
}

func sqliteCode(err error) int {
	if failure, ok := errors.AsType[*sqlite.Error](err); ok {
		return failure.Code() & 0xff
	}
	return 0
}

func TestEveryConnectionHasItsSettings(t *testing.T) {
	s := newStore(t)
	common := map[string]string{
		"journal_mode": "wal", "foreign_keys": "1", "busy_timeout": "5000", "temp_store": "2",
		"wal_autocheckpoint": "1000", "journal_size_limit": "67108864",
	}
	own := map[*sql.DB]map[string]string{
		s.write: {"synchronous": "2", "query_only": "0"},
		s.read:  {"synchronous": "1", "query_only": "1"},
	}
	for db, extra := range own {
		n := db.Stats().MaxOpenConnections
		for range n { // held at once, so that each is another connection
			conn, err := db.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			for _, settings := range []map[string]string{common, extra} {
				for name, want := range settings {
					var got string
					if err := conn.QueryRowContext(t.Context(), "PRAGMA "+name).Scan(&got); err != nil || got != want {
						t.Errorf("%s is %q (%v), want %q", name, got, err, want)
					}
				}
			}
		}
		if open := db.Stats().OpenConnections; open != n {
			t.Errorf("%d connections looked at, want %d", open, n)
		}
	}
	if s.write.Stats().MaxOpenConnections != 1 || s.read.Stats().MaxOpenConnections != readers {
		t.Error("there is not one writer and a few readers")
	}
}

func TestOddPaths(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, name := range []string{"plain.db", "a b.db", "100%41.db", "what?mode=memory.db", "sharp#.db", "a&b=c;.db", "ünï.db"} {
		s, err := Open(t.Context(), name) // relative
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("no database at %q: %v", name, err)
		}
		ro, err := OpenReadOnly(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		ro.Close()
	}
}

// TestRelativePathIsResolvedOnce: connections that the pool opens later find the same file.
func TestRelativePathIsResolvedOnce(t *testing.T) {
	t.Chdir(t.TempDir())
	s := mustOpen(t, "state.db")
	if err := s.UpsertImage(t.Context(), testImage("i", "image")); err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	for range readers { // held at once, so that all but one are new
		conn, err := s.read.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		var images int
		if err := conn.QueryRowContext(t.Context(), "SELECT count(*) FROM images").Scan(&images); err != nil || images != 1 {
			t.Errorf("%d images, %v", images, err)
		}
	}
}

// TestOpenWaitsForAWriterOfAnOldJournal: SQLite itself would give up at once.
func TestOpenWaitsForAWriterOfAnOldJournal(t *testing.T) {
	path := baselineFile(t)
	other, err := sql.Open("sqlite", dsn(path, url.Values{"_txlock": {"immediate"}}, busyTimeout))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	tx, err := other.Begin()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if s, err := Open(ctx, path); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v, %v, want it to wait until it may not any longer", s, err)
	}
	opened := make(chan error)
	go func() {
		s, err := Open(t.Context(), path)
		if err == nil {
			err = s.Close()
		}
		opened <- err
	}()
	if err := errors.Join(tx.Rollback(), <-opened); err != nil {
		t.Error(err)
	}
}

func TestCloseLeavesOneFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s := mustOpen(t, path)
	if err := s.UpsertImage(t.Context(), testImage("i", "image")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Images(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Close()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("left after Close: %v, %v", entries, err)
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	folder := filepath.Join(dir, "folder.db")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(dir, "missing", "state.db"), folder} {
		_, err := Open(t.Context(), path)
		expectCode(t, err, problem.Unavailable)
		if err != nil && (!strings.Contains(err.Error(), path) || problem.RemedyOf(err) == "" || strings.Contains(err.Error(), "memory")) {
			t.Errorf("error %q, remedy %q", err, problem.RemedyOf(err))
		}
	}
}

func TestReadingNeverWaitsForWriting(t *testing.T) {
	s := withImage(t)
	before := mustCreate(t, s, testVM("a", "a", "i"))
	tx, err := s.write.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if _, err := tx.Exec("UPDATE vms SET name = 'changed'"); err != nil {
		t.Fatal(err)
	}
	got, err := s.VM(t.Context(), "a")
	if err != nil || got.Name != before.Name {
		t.Errorf("read beside a write: %q, %v, want what was before it", got.Name, err)
	}
}

func TestWriterInTurnCanGiveUp(t *testing.T) {
	s := withImage(t)
	tx, err := s.write.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := s.UpsertImage(ctx, testImage("j", "other")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, want %v", err, context.DeadlineExceeded)
	}
}

func TestAnotherProgramsLockIsNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s := mustOpen(t, path)
	if _, err := s.write.Exec("PRAGMA busy_timeout = 1"); err != nil { // the real one is seconds
		t.Fatal(err)
	}
	other, err := sql.Open("sqlite", writerDSN(path))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	tx, err := other.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	expectCode(t, s.UpsertImage(t.Context(), testImage("i", "image")), problem.Timeout)
}

func TestFullDiskLosesNothing(t *testing.T) {
	s := withImage(t)
	var pages int
	if err := s.write.QueryRow("PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	if _, err := s.write.Exec("PRAGMA max_page_count = " + strconv.Itoa(pages)); err != nil { // full, as SQLite sees it
		t.Fatal(err)
	}
	big := testVM("a", "a", "i")
	big.Runtime.Reason = strings.Repeat("x", 1<<20)
	_, err := s.CreateVM(t.Context(), big, subnet)
	expectCode(t, err, problem.Exhausted)
	if vms, err := s.VMs(t.Context()); err != nil || len(vms) != 0 {
		t.Errorf("after a failed write: %v, %v", vms, err)
	}
	if _, err := s.Image(t.Context(), "i"); err != nil {
		t.Errorf("what was there: %v", err)
	}
	if _, err := s.write.Exec("PRAGMA max_page_count = 100000"); err != nil {
		t.Fatal(err)
	}
	mustCreate(t, s, big)
}
