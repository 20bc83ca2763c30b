package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"banger/internal/model"
	"banger/internal/problem"
)

// baselineFile is a database of the older version.
func baselineFile(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile("testdata/baseline.sql")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "state.db")
	execRaw(t, path, string(text))
	return path
}

func texts(t testing.TB, path, query string) []string {
	t.Helper()
	s, err := OpenReadOnly(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	return rawTexts(t, s.read, query)
}

func rawTexts(t testing.TB, db *sql.DB, text string) []string {
	t.Helper()
	got, err := query(t.Context(), db, scanText, text)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// rowsOf are all images and VMs of a file, in the columns that every version has, as they are stored.
func rowsOf(t testing.TB, path string) []string {
	return append(
		texts(t, path, `SELECT json_array(id, name, managed, artifact_dir, rootfs_path, work_seed_path, kernel_path, initrd_path,
			modules_dir, build_size, seeded_ssh_public_key_fingerprint, docker, created_at, updated_at) FROM images ORDER BY id`),
		texts(t, path, `SELECT json_array(id, name, image_id, guest_ip, state, created_at, updated_at, last_touched_at,
			spec_json, runtime_json, stats_json) FROM vms ORDER BY id`)...)
}

func columnsOf(t testing.TB, path, table string) []string {
	return texts(t, path, "SELECT name FROM pragma_table_info('"+table+"') ORDER BY cid")
}

func TestFreshSchema(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	mustOpen(t, path).Close()
	for table, want := range map[string]string{
		"images": "id name managed artifact_dir rootfs_path work_seed_path kernel_path initrd_path modules_dir build_size " +
			"seeded_ssh_public_key_fingerprint docker created_at updated_at",
		"vms":               "id name image_id guest_ip state created_at updated_at last_touched_at spec_json runtime_json stats_json",
		"schema_migrations": "id name applied_at",
		"snapshots":         "id name vm_id vm_name image_id memory engine kernel_sum spec_json created_at",
	} {
		if got := strings.Join(columnsOf(t, path, table), " "); got != want {
			t.Errorf("columns of %s: %s\nwant %s", table, got, want)
		}
	}
	if got := texts(t, path, "SELECT id || name FROM schema_migrations"); !slices.Equal(got, []string{"1baseline", "2drop_images_packages_path", "3snapshots"}) {
		t.Errorf("recorded migrations: %v", got)
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
		t.Errorf("a fresh database left %v, want no backup", entries)
	}
}

// TestConstraints: ids are primary keys, names are unique, VMs and snapshots refer to images, and nothing is
// NULL but what may be.
func TestConstraints(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	mustOpen(t, path).Close()
	for query, want := range map[string]string{
		`SELECT name FROM pragma_table_info('%s') WHERE pk > 0`:                                                         "images: id; vms: id; snapshots: id; ",
		`SELECT i.name FROM pragma_index_list('%s') l, pragma_index_info(l.name) i WHERE l."unique" AND l.origin = 'u'`: "images: name; vms: name; snapshots: name; ",
		`SELECT "from" || ' ' || "table" || ' ' || "to" FROM pragma_foreign_key_list('%s')`:                             "images: ; vms: image_id images id; snapshots: image_id images id; ",
		`SELECT name FROM pragma_table_info('%s') WHERE NOT "notnull" ORDER BY cid`:                                     "images: work_seed_path seeded_ssh_public_key_fingerprint; vms: ; snapshots: ; ",
	} {
		got := ""
		for _, table := range []string{"images", "vms", "snapshots"} {
			got += table + ": " + strings.Join(texts(t, path, fmt.Sprintf(query, table)), " ") + "; "
		}
		if got != want {
			t.Errorf("%s\ngives %s\nwant  %s", query, got, want)
		}
	}
}

func TestEveryTimeIsWrittenInUTCAndWholeSeconds(t *testing.T) {
	s := newStore(t)
	odd := time.Date(2026, 1, 2, 3, 4, 5, 678_900_000, time.FixedZone("", 2*3600))
	image, vm, snap := testImage("i", "image"), testVM("vm", "vm", "i"), snapshotOf("s", "snap", "i")
	for _, at := range []*time.Time{&image.CreatedAt, &image.UpdatedAt, &vm.CreatedAt, &vm.UpdatedAt, &vm.LastTouchedAt, &snap.CreatedAt} {
		*at = odd
	}
	if err := errors.Join(s.UpsertImage(t.Context(), image), s.UpsertVM(t.Context(), vm), s.CreateSnapshot(t.Context(), snap)); err != nil {
		t.Fatal(err)
	}
	stored := rawTexts(t, s.read, `SELECT created_at FROM images UNION ALL SELECT updated_at FROM images UNION ALL SELECT created_at FROM vms
		UNION ALL SELECT updated_at FROM vms UNION ALL SELECT last_touched_at FROM vms UNION ALL SELECT created_at FROM snapshots`)
	for _, got := range stored {
		if got != "2026-01-02T01:04:05Z" {
			t.Errorf("stored as %s", got)
		}
	}
	for _, got := range rawTexts(t, s.read, "SELECT applied_at FROM schema_migrations") {
		if at, err := time.Parse("2006-01-02T15:04:05Z", got); err != nil || time.Since(at) > time.Hour {
			t.Errorf("a migration was applied at %q, %v", got, err)
		}
	}
	if len(stored) != 6 {
		t.Errorf("%d times were looked at", len(stored))
	}
}

func TestBaselineMigratesWithoutLoss(t *testing.T) {
	path := baselineFile(t)
	before := rowsOf(t, path)
	s := mustOpen(t, path)
	if after := rowsOf(t, path); len(before) != 5 || !slices.Equal(after, before) {
		t.Errorf("rows %q\nwant %q", after, before)
	}
	images, err := s.Images(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, i := range images {
		names = append(names, i.Name)
	}
	if !slices.Equal(names, []string{"first", "second"}) { // 06:00Z before 09:00+02:00, though not as text
		t.Errorf("images %v", names)
	}
	first, second := images[0], images[1]
	if first.Managed || first.WorkSeedPath != "" || first.SeededSSHPublicKeyFingerprint != "" || first.RootfsPath != "/a/a/rootfs.ext4" {
		t.Errorf("first image: %+v", first)
	}
	if !second.Managed || !second.Docker || second.BuildSize != "4G" || second.WorkSeedPath != "/a/b/seed" ||
		second.SeededSSHPublicKeyFingerprint != "SHA256:b" || formatTime(second.CreatedAt) != "2025-11-02T07:00:00Z" {
		t.Errorf("second image: %+v", second)
	}
	vms, err := s.VMs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	names = nil
	for _, vm := range vms {
		if vm.CreatedAt.Location() != time.UTC {
			t.Errorf("%s was created at %v, want it in UTC", vm.Name, vm.CreatedAt)
		}
		names = append(names, vm.Name+" "+vm.Runtime.GuestIP+" "+formatTime(vm.CreatedAt))
	}
	want := []string{ // the last two at the same moment, so by id
		"oldest 172.16.0.2 2025-11-03T11:00:00Z", "second 172.16.0.3 2025-11-03T12:00:00Z", "third 172.16.0.4 2025-11-03T12:00:00Z",
	}
	if !slices.Equal(names, want) {
		t.Errorf("VMs %q\nwant %q", names, want)
	}
	if vm := vms[1]; vm.Spec.VCPU != 4 || vm.Spec.MemoryMiB != 2048 || vm.Runtime.Reason != "because" || vm.State != model.StateStopped {
		t.Errorf("second VM: %+v", vm)
	}
	if next := mustCreate(t, s, testVM("new", "new", "img-a")); next.Runtime.GuestIP != "172.16.0.5" {
		t.Errorf("the next address is %s", next.Runtime.GuestIP)
	}
}

// TestMigratedBaselineIsUsable writes, finds and deletes what an older version wrote.
func TestMigratedBaselineIsUsable(t *testing.T) {
	s := mustOpen(t, baselineFile(t))
	image, err := s.ImageByName(t.Context(), "first") // with NULLs
	if err != nil {
		t.Fatal(err)
	}
	image.Docker, image.WorkSeedPath = true, "/seed"
	if err := s.UpsertImage(t.Context(), image); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Image(t.Context(), image.ID); err != nil || got != image {
		t.Errorf("%+v, %v\nwant %+v", got, err, image)
	}
	for _, name := range []string{"oldest", "second", "third"} {
		vm, err := s.VMByName(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		vm.State = model.StateRunning
		if err := s.UpsertVM(t.Context(), vm); err != nil {
			t.Fatal(err)
		}
		if got, err := s.VM(t.Context(), vm.ID); err != nil || !reflect.DeepEqual(got, vm) {
			t.Errorf("%+v, %v\nwant %+v", got, err, vm)
		}
	}
	if users, err := s.VMsUsingImage(t.Context(), image.ID); err != nil || len(users) != 1 || users[0].Name != "third" {
		t.Errorf("VMs of the image: %v, %v", users, err)
	}
	expectCode(t, s.DeleteImage(t.Context(), image.ID), problem.Conflict)
	if err := errors.Join(s.DeleteVM(t.Context(), "vm-c"), s.DeleteImage(t.Context(), image.ID)); err != nil {
		t.Error(err)
	}
}

func TestCopyIsMadeBeforeTheFirstPendingMigration(t *testing.T) {
	path := baselineFile(t)
	backup := path + ".before-2"
	if err := os.WriteFile(backup+".tmp", []byte("left by a killed process"), 0o600); err != nil {
		t.Fatal(err)
	}
	mustOpen(t, path).Close()
	if slices.Contains(columnsOf(t, path, "images"), "packages_path") {
		t.Error("migration 2 did not run")
	}
	if !slices.Contains(columnsOf(t, backup, "images"), "packages_path") {
		t.Error("the copy is not as it was before migration 2")
	}
	if got := texts(t, backup, "SELECT packages_path FROM images WHERE id = 'img-b' UNION ALL SELECT name FROM vms ORDER BY 1"); !slices.Equal(got, []string{"/p/b", "oldest", "second", "third"}) {
		t.Errorf("the copy holds %v", got)
	}
	old, err := os.ReadFile(backup)
	if err != nil {
		t.Fatal(err)
	}
	mustOpen(t, path).Close() // nothing is pending any more
	if again, err := os.ReadFile(backup); err != nil || string(again) != string(old) {
		t.Errorf("reopening touched the copy: %v", err)
	}
	if left := dirNames(t, filepath.Dir(path)); !slices.Equal(left, []string{"state.db", "state.db.before-2"}) {
		t.Errorf("left: %v", left)
	}
}

func dirNames(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestReopeningDoesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	mustOpen(t, path).Close()
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	mustOpen(t, path).Close()
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Errorf("reopening changed the file (%v)", err)
	}
}

func TestFailedMigrationLeavesTheFileAsItWas(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	mustOpen(t, path).Close()
	boom := errors.New("no way")
	list := append(slices.Clone(migrations),
		migration{4, "good", statements("CREATE TABLE extra (x)")},
		migration{5, "bad", func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, "DROP TABLE extra")
			return errors.Join(err, boom)
		}})
	_, err := open(t.Context(), path, list)
	if !errors.Is(err, boom) || !strings.Contains(err.Error(), "migration 5, bad") {
		t.Errorf("error %v", err)
	}
	got := texts(t, path, "SELECT CAST(id AS TEXT) FROM schema_migrations UNION ALL SELECT name FROM sqlite_schema WHERE name = 'extra'")
	if !slices.Equal(got, []string{"1", "2", "3", "4", "extra"}) { // each has its own transaction
		t.Errorf("after the failure: %v", got)
	}
	if left := dirNames(t, filepath.Dir(path)); !slices.Equal(left, []string{"state.db", "state.db.before-4"}) {
		t.Errorf("left: %v; a failed Open closes the database", left)
	}
	expectClosed(t, path)
}

func TestListsOfMigrationsThatAreRefused(t *testing.T) {
	nothing := statements("SELECT 1")
	for name, list := range map[string][]migration{
		"duplicate":  {{1, "a", nothing}, {1, "b", nothing}},
		"descending": {{2, "a", nothing}, {1, "b", nothing}},
	} {
		if s, err := open(t.Context(), filepath.Join(t.TempDir(), "state.db"), list); err == nil {
			s.Close()
			t.Errorf("%s ids were taken", name)
		}
	}
	if err := checkList(migrations); err != nil {
		t.Error(err)
	}
}

// TestRefusedWithoutAWrite covers all that Open must not touch.
func TestRefusedWithoutAWrite(t *testing.T) {
	whole := func(t *testing.T, extra string) string {
		path := filepath.Join(t.TempDir(), "state.db")
		mustOpen(t, path).Close()
		execRaw(t, path, extra)
		return path
	}
	random := func(t *testing.T, content string) string {
		path := filepath.Join(t.TempDir(), "state.db")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	truncated := func(t *testing.T) string {
		path := whole(t, "UPDATE schema_migrations SET name = name")
		if err := os.Truncate(path, 3*4096); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, c := range map[string]struct {
		path string
		code problem.Code
		says string
	}{
		"newer":           {whole(t, "INSERT INTO schema_migrations VALUES (99, 'from_the_future', '')"), problem.Conflict, "newer than this program"},
		"other name":      {whole(t, "UPDATE schema_migrations SET name = 'add_users' WHERE id = 2"), problem.Conflict, "another program's"},
		"gap":             {whole(t, "DELETE FROM schema_migrations WHERE id = 1"), problem.Conflict, "another program's"},
		"unknown between": {whole(t, "INSERT INTO schema_migrations VALUES (0, 'early', '')"), problem.Conflict, "another program's"},
		"other tables":    {func() string { p := random(t, ""); execRaw(t, p, "CREATE TABLE t (x)"); return p }(), problem.Conflict, "another program's"},
		"other migrations": {func() string {
			p := random(t, "")
			execRaw(t, p, "CREATE TABLE schema_migrations (version, dirty)")
			return p
		}(), problem.Conflict, "another program's"},
		"text ids": {func() string {
			p := random(t, "")
			execRaw(t, p, "CREATE TABLE schema_migrations (id, name, applied_at); INSERT INTO schema_migrations VALUES ('2024_x', 'x', '')")
			return p
		}(), problem.Conflict, "another program's"},
		"no database": {random(t, strings.Repeat("this is no database\n", 1000)), problem.Damaged, "no database"},
		"truncated":   {truncated(t), problem.Damaged, "damaged"},
		"overwritten": {overwritten(t), problem.Damaged, "damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			before, err := os.ReadFile(c.path)
			if err != nil {
				t.Fatal(err)
			}
			_, err = Open(t.Context(), c.path)
			expectCode(t, err, c.code)
			if err != nil && (!strings.Contains(err.Error(), c.says) || problem.RemedyOf(err) == "" || !strings.Contains(err.Error(), c.path)) {
				t.Errorf("error %q, remedy %q; want it to say %q", err, problem.RemedyOf(err), c.says)
			}
			if state, err := CheckMigrations(t.Context(), c.path); c.code == problem.Conflict && (state != Incompatible || err == nil) {
				t.Errorf("CheckMigrations = %d, %v, want %d and why", state, err, Incompatible)
			}
			if after, err := os.ReadFile(c.path); err != nil || string(after) != string(before) {
				t.Errorf("its bytes changed (%v)", err)
			}
			if left := dirNames(t, filepath.Dir(c.path)); len(left) != 1 {
				t.Errorf("left beside it: %v", left)
			}
			expectClosed(t, c.path)
		})
	}
}

// expectClosed fails the test if this process still has a file of path's folder open.
func expectClosed(t testing.TB, path string) {
	t.Helper()
	for _, fd := range dirNames(t, "/proc/self/fd") {
		if name, err := os.Readlink("/proc/self/fd/" + fd); err == nil && strings.HasPrefix(name, filepath.Dir(path)) {
			t.Errorf("%s is still open", name)
		}
	}
}

// TestNewerDatabaseCanBeLookedAt: what may not be written can still be read, by doctor for one.
func TestNewerDatabaseCanBeLookedAt(t *testing.T) {
	path := sample(t)
	execRaw(t, path, "INSERT INTO schema_migrations VALUES (99, 'from_the_future', ''); ALTER TABLE vms ADD COLUMN colour TEXT")
	look(t.Context(), t, path, 1)
}

// TestDamageBesideALogIsLeftAlone: what a killed process left is a file, its log, and the log's index.
func TestDamageBesideALogIsLeftAlone(t *testing.T) {
	path := sample(t)
	p := startProcess(t, "forever", path)
	p.begin()
	p.next()
	p.kill()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt([]byte(strings.Repeat("garbage!", 512)), 0)
	if err := errors.Join(err, f.Close(), os.Truncate(path+"-wal", 0)); err != nil { // or SQLite reads the page from there
		t.Fatal(err)
	}
	before := contents(t, filepath.Dir(path))
	if len(before) != 3 {
		t.Fatalf("%d files, want three", len(before))
	}
	_, err = Open(t.Context(), path)
	expectCode(t, err, problem.Damaged)
	expectSame(t, before, contents(t, filepath.Dir(path)))
	expectClosed(t, path)
}

// overwritten is a database whose table of VMs, which Open has no need of, was overwritten.
func overwritten(t *testing.T) string {
	path := filepath.Join(t.TempDir(), "state.db")
	s := mustOpen(t, path)
	if err := s.UpsertImage(t.Context(), testImage("i", "image")); err != nil {
		t.Fatal(err)
	}
	var page int64
	if err := s.read.QueryRow("SELECT rootpage FROM sqlite_schema WHERE name = 'vms'").Scan(&page); err != nil {
		t.Fatal(err)
	}
	s.Close()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte(strings.Repeat("garbage!", 512)), (page-1)*4096); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSchemaStates(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "state.db")
	current := filepath.Join(t.TempDir(), "state.db")
	mustOpen(t, current).Close()
	empty := filepath.Join(t.TempDir(), "state.db")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]SchemaState{missing: MigrationsNeeded, empty: MigrationsNeeded, baselineFile(t): MigrationsNeeded, current: Compatible} {
		if got, err := CheckMigrations(t.Context(), path); got != want || err != nil {
			t.Errorf("CheckMigrations = %d, %v, want %d", got, err, want)
		}
	}
	if _, err := os.Lstat(missing); err == nil {
		t.Error("the check made a database")
	}
	s := mustOpen(t, baselineFile(t))
	if got, err := s.InspectSchemaState(t.Context()); got != Compatible || err != nil {
		t.Errorf("InspectSchemaState after Open = %d, %v", got, err)
	}
	if Compatible != 0 || MigrationsNeeded != 1 || Incompatible != 2 {
		t.Error("the states are not the exit statuses of the contract")
	}
}

func TestManyOpenAtOnce(t *testing.T) {
	held := sample(t)
	startProcess(t, "forever", held) // so that there is a log with its index already
	for _, path := range []string{filepath.Join(t.TempDir(), "state.db"), baselineFile(t), held} {
		var wg sync.WaitGroup
		for n := range 8 {
			wg.Go(func() {
				for range 5 {
					openAndWrite(t, path, fmt.Sprint("new", n))
				}
			})
		}
		wg.Wait()
	}
}

func openAndWrite(t *testing.T, path, image string) {
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Error(err)
		return
	}
	defer s.Close()
	if got, err := s.InspectSchemaState(t.Context()); got != Compatible || err != nil {
		t.Errorf("state %d, %v", got, err)
	}
	if err := s.UpsertImage(t.Context(), testImage(image, image)); err != nil {
		t.Error(err)
	}
}
