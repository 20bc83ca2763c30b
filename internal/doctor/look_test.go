package doctor

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"banger/internal/model"
	"banger/internal/store"
)

// lookAt makes every check on a host whose folders are below dir.
func lookAt(t *testing.T, dir string) Report {
	t.Helper()
	env := map[string]string{
		"HOME": dir, "BANGER_STATE_DIR": filepath.Join(dir, "state"), "BANGER_CACHE_DIR": filepath.Join(dir, "cache"),
		"BANGER_RUNTIME_DIR": filepath.Join(dir, "run"), "BANGER_CONFIG": filepath.Join(dir, "config.toml"),
	}
	return look(t.Context(), func(name string) string { return env[name] }, os.Getuid(), "test")
}

func rowsOf(r Report, code string) (rows []Row) {
	for _, row := range r.Checks {
		if row.Code == code {
			rows = append(rows, row)
		}
	}
	return rows
}

// wantRow checks that some row of a code has a status, and a remedy unless that is ok.
func wantRow(t *testing.T, r Report, code string, status Status) {
	t.Helper()
	for _, row := range rowsOf(r, code) {
		if row.Status == status && (status == OK || row.Remedy != "") {
			return
		}
	}
	t.Errorf("%s: got %+v, want a row that is %s", code, rowsOf(r, code), status)
}

// state makes a state folder with a database in it.
func state(t *testing.T) (dir string, db *store.Store) {
	t.Helper()
	dir = t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "state"), 0o700); err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), filepath.Join(dir, "state", "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return dir, db
}

func TestLookingWhereNothingIsMakesNothing(t *testing.T) {
	dir := t.TempDir()
	r := lookAt(t, dir)
	for _, code := range []string{"folders", "database", "kernels", "images", "daemon", "leftovers", "config"} {
		wantRow(t, r, code, OK)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("looking left %v, %v", left, err)
	}
}

func TestLookingChangesNothing(t *testing.T) {
	dir, db := state(t)
	now := time.Now()
	image := model.Image{ID: "0123456789abcdef0123456789abcdef", Name: "img", RootfsPath: filepath.Join(dir, "rootfs.ext4"), CreatedAt: now, UpdatedAt: now}
	if err := db.UpsertImage(t.Context(), image); err != nil {
		t.Fatal(err)
	}
	before := everything(t, dir)
	wantRow(t, lookAt(t, dir), "images", Fail)
	if after := everything(t, dir); after != before {
		t.Errorf("with a daemon's database open: before\n%s\nafter\n%s", before, after)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	before = everything(t, dir)
	wantRow(t, lookAt(t, dir), "database", OK)
	if after := everything(t, dir); after != before {
		t.Errorf("with no daemon: before\n%s\nafter\n%s", before, after)
	}
}

// everything is a line for each file below dir: kind, size, time of change, checksum.
// The index of the database's log is memory shared by its users, readers included, so its content does not count.
func everything(t *testing.T, dir string) string {
	t.Helper()
	var all bytes.Buffer
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if filepath.Ext(path) == ".db-shm" {
			fmt.Fprintln(&all, path)
			return nil
		}
		content, _ := os.ReadFile(path)
		fmt.Fprintln(&all, path, info.Mode(), info.Size(), info.ModTime(), sha256.Sum256(content))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

func TestDamageShowsAndStopsNothing(t *testing.T) {
	dir, db := state(t)
	db.Close()
	database := filepath.Join(dir, "state", "state.db")
	damage := map[string]func() error{
		"database": func() error { return os.WriteFile(database, bytes.Repeat([]byte("no database "), 1000), 0o600) },
		"config":   func() error { return os.WriteFile(filepath.Join(dir, "config.toml"), []byte("colour = 3\n"), 0o600) },
		"kernels":  func() error { return os.MkdirAll(filepath.Join(dir, "state", "kernels", "broken"), 0o700) },
		"folders":  func() error { return os.Mkdir(filepath.Join(dir, "run"), 0o777) },
	}
	for code, do := range damage {
		if err := do(); err != nil {
			t.Fatal(err)
		}
		if code == "folders" {
			if err := os.Chmod(filepath.Join(dir, "run"), 0o777); err != nil {
				t.Fatal(err)
			}
		}
	}
	r := lookAt(t, dir)
	for code := range damage {
		wantRow(t, r, code, Fail)
	}
	if r.OK {
		t.Error("the report says that all is well")
	}
	if len(rowsOf(r, "images")) == 0 || len(rowsOf(r, "memory")) == 0 {
		t.Error("other checks were not made")
	}
}

func TestLeftovers(t *testing.T) {
	dir, _ := state(t)
	wantRow(t, lookAt(t, dir), "leftovers", OK)
	if err := os.MkdirAll(filepath.Join(dir, "state", "vms", "nobody"), 0o700); err != nil {
		t.Fatal(err)
	}
	wantRow(t, lookAt(t, dir), "leftovers", Warn)
}

func TestWithoutFoldersTheHostIsLookedAt(t *testing.T) {
	r := look(t.Context(), func(string) string { return "" }, 54321, "test")
	wantRow(t, r, "folders", Fail)
	if len(rowsOf(r, "system")) == 0 || len(rowsOf(r, "database")) != 0 {
		t.Errorf("got %+v", r.Checks)
	}
}
