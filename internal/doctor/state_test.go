package doctor

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestFolders(t *testing.T) {
	for name, c := range map[string]struct {
		change func(b bench, dir string) error
		status Status
		words  []string
	}{
		"none":                         {func(bench, string) error { return nil }, OK, []string{"will be made"}},
		"good":                         {func(_ bench, dir string) error { return os.Mkdir(dir, 0o700) }, OK, nil},
		"a file":                       {func(_ bench, dir string) error { return os.WriteFile(dir, nil, 0o600) }, Fail, []string{"no folder", "move it away"}},
		"a symlink":                    {func(b bench, dir string) error { return os.Symlink(b.dir, dir) }, Fail, []string{"symlink"}},
		"open":                         {func(_ bench, dir string) error { return errors.Join(os.Mkdir(dir, 0o700), os.Chmod(dir, 0o755)) }, Fail, []string{"chmod 700"}},
		"not written":                  {func(_ bench, dir string) error { return errors.Join(os.Mkdir(dir, 0o700), os.Chmod(dir, 0o500)) }, Fail, []string{"chmod 700"}},
		"not read":                     {func(_ bench, dir string) error { return errors.Join(os.Mkdir(dir, 0o700), os.Chmod(dir, 0o300)) }, Fail, []string{"chmod 700"}},
		"above it nothing may be made": {func(_ bench, dir string) error { return os.Chmod(filepath.Dir(dir), 0o500) }, Fail, []string{"cannot be made", "BANGER_"}},
		"above it is a file":           {func(b bench, dir string) error { return os.WriteFile(filepath.Join(b.dir, "above"), nil, 0o700) }, Fail, []string{"not a directory", "BANGER_"}},
	} {
		for _, which := range []string{"state", "run"} {
			t.Run(name+", "+which, func(t *testing.T) {
				b := newBench(t)
				dir := filepath.Join(b.dir, "above", which)
				if name != "above it is a file" {
					must(t, os.Mkdir(filepath.Dir(dir), 0o700))
				}
				if which == "state" {
					b.paths.State = dir
				} else {
					b.paths.Runtime = dir
				}
				must(t, c.change(b, dir))
				t.Cleanup(func() { os.Chmod(filepath.Dir(dir), 0o700) })
				withoutCapabilities(func() { b.judge(checkFolders(t.Context(), b.host), c.status, append(c.words, dir)...) })
			})
		}
	}
}

func TestFolderOfAnotherUser(t *testing.T) {
	b := newBench(t)
	b.paths.State = "/root" // another's for everybody but root
	if os.Getuid() == 0 {
		b.paths.State = filepath.Join(b.dir, "theirs")
		must(t, errors.Join(os.Mkdir(b.paths.State, 0o700), os.Chown(b.paths.State, 12345, 12345)))
	}
	b.want("folders", Fail, b.paths.State, "belongs to user", "BANGER_STATE_DIR")
}

// withoutCapabilities runs f where modes count for root, too. f does what it does on its own thread.
func withoutCapabilities(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // never unlocked: the thread ends with f
		header, none := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}, [2]unix.CapUserData{}
		if err := unix.Capset(&header, &none[0]); err != nil {
			panic(err)
		}
		f()
	}()
	<-done
}

// TestFoldersOfAnEnvironment settles the paths from variables, as they are in life.
func TestFoldersOfAnEnvironment(t *testing.T) {
	deep := filepath.Join(t.TempDir(), strings.Repeat("d", 100), strings.Repeat("e", 100))
	spaces := filepath.Join(t.TempDir(), "a home ?of=50% 'spaces'")
	for name, env := range map[string]map[string]string{
		"200 characters deep": {"BANGER_STATE_DIR": deep, "BANGER_CACHE_DIR": filepath.Join(deep, "cache"), "HOME": deep},
		"spaces":              {"BANGER_STATE_DIR": filepath.Join(spaces, "state"), "BANGER_CACHE_DIR": filepath.Join(spaces, "cache"), "HOME": spaces},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.settle(func(name string) string { return env[name] })
			must(t, b.pathsErr)
			b.record()
			b.write(filepath.Join(b.paths.Machine(id('9')), "work.ext4"), "")
			b.listen(filepath.Join(filepath.Dir(b.paths.MachineRun("x")), id('9')+".sock"), false)
			must(t, os.MkdirAll(b.paths.Cache, 0o700))
			for code, status := range map[string]Status{"folders": OK, "config": OK, "database": OK, "images": Fail, "sockets": Warn, "daemon": OK} {
				b.want(code, status)
			}
			b.want("leftovers", Warn, id('9'), "rm -r "+shell(b.paths.Machine(id('9'))))
		})
	}
	if got, want := shell(spaces), "'"+strings.ReplaceAll(spaces, "'", `'\''`)+"'"; got != want {
		t.Errorf("shell gives %s, want %s", got, want)
	}
}

func TestWithoutHomeTheHostIsLookedAt(t *testing.T) {
	b := newBench(t)
	b.uid = 54321
	b.settle(func(string) string { return "" })
	report := look(t.Context(), b.host, "test")
	seen := map[string]Status{}
	for _, row := range report.Checks {
		seen[row.Code] = row.Status
	}
	if len(seen) != len(hostChecks) || seen["folders"] != Fail || seen["system"] != OK || report.OK {
		t.Errorf("got %v", seen)
	}
}

func TestConfig(t *testing.T) {
	none := func(string) string { return "" }
	for name, c := range map[string]struct {
		change func(b bench) error
		status Status
		words  []string
	}{
		"none":    {func(bench) error { return nil }, OK, []string{"no configuration file"}},
		"good":    {func(b bench) error { return os.WriteFile(b.paths.Config, []byte("engine = \"emulated\"\n"), 0o600) }, OK, []string{"config.toml"}},
		"unknown": {func(b bench) error { return os.WriteFile(b.paths.Config, []byte("\ncolour = 3\n"), 0o600) }, Fail, []string{"config.toml", "colour", "2"}},
		"folder":  {func(b bench) error { return os.Mkdir(b.paths.Config, 0o700) }, Fail, []string{"config.toml", "move it away"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			must(t, c.change(b))
			env := map[string]string{"BANGER_CONFIG": b.paths.Config, "HOME": b.dir, "BANGER_STATE_DIR": b.paths.State}
			b.settle(func(name string) string { return env[name] })
			b.want("config", c.status, c.words...)
			b.want("database", OK)
		})
	}
	b := newBench(t)
	b.settle(none)
	if os.Getuid() == 0 && b.pathsErr != nil {
		t.Errorf("root without a home: %v", b.pathsErr)
	}
}

// sql changes the database behind banger's back.
func (b bench) sql(statements string) {
	b.t.Helper()
	db, err := sql.Open("sqlite", "file:"+b.paths.Database())
	must(b.t, err)
	_, err = db.Exec(statements)
	must(b.t, errors.Join(err, db.Close()))
}

// olderDatabase is one from before there were snapshots.
func (b bench) olderDatabase() {
	b.record()
	b.sql("DROP TABLE snapshots; DELETE FROM schema_migrations WHERE id >= 3")
}

func TestDatabase(t *testing.T) {
	for name, c := range map[string]struct {
		change func(b bench)
		status Status
		words  []string
	}{
		"none":    {func(bench) {}, OK, []string{"none yet"}},
		"good":    {bench.record, OK, []string{"state.db"}},
		"garbage": {func(b bench) { b.write(b.paths.Database(), strings.Repeat("no database ", 1000)) }, Fail, []string{"state.db", "no database", ".before-"}},
		"folder":  {func(b bench) { must(b.t, os.MkdirAll(b.paths.Database(), 0o700)) }, Fail, []string{"no file", "move it away"}},
		"cut":     {func(b bench) { b.record(); must(b.t, os.Truncate(b.paths.Database(), 8192)) }, Fail, []string{"damaged", ".before-"}},
		"dangling": {func(b bench) {
			must(b.t, os.MkdirAll(b.paths.State, 0o700))
			must(b.t, os.Symlink("nowhere", b.paths.Database()))
		}, Fail, []string{"state.db", "can be read"}},
		"older":             {bench.olderDatabase, Fail, []string{"older version", "keeps a copy"}},
		"another program's": {func(b bench) { b.record(); b.sql("UPDATE schema_migrations SET name = 'theirs'") }, Fail, []string{"another program's", "BANGER_STATE_DIR"}},
		"newer": {func(b bench) {
			b.record()
			b.sql("INSERT INTO schema_migrations VALUES (99, 'later', '2030-01-01T00:00:00Z')")
		}, Fail, []string{"newer", "use the banger"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			c.change(b)
			b.want("database", c.status, c.words...)
		})
	}
}

// TestRecordsOfAnOlderVersion are read as far as it had them.
func TestRecordsOfAnOlderVersion(t *testing.T) {
	b := newBench(t)
	b.olderDatabase()
	b.write(filepath.Join(b.paths.Machine(id('2')), "work.ext4"), "")
	b.want("images", Fail, "img")
	b.want("snapshots", OK, "none")
	b.want("leftovers", OK, "none")
}
