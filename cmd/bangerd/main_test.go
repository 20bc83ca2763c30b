package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"banger/internal/store"
)

// asProgram makes the test's program bangerd.
const asProgram = "BANGERD_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// bangerd is a call of the program with a state folder of its own.
func bangerd(dir string, args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"=1", "BANGER_CONFIG="+filepath.Join(dir, "config.toml"),
		"BANGER_STATE_DIR="+filepath.Join(dir, "state"), "BANGER_CACHE_DIR="+filepath.Join(dir, "cache"), "BANGER_RUNTIME_DIR="+filepath.Join(dir, "run"),
		"BANGER_PROXY_LISTEN=off")
	return cmd
}

// result runs a call and gives its exit status, output and error output.
func result(t *testing.T, cmd *exec.Cmd) (int, string, string) {
	t.Helper()
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode(), out.String(), errOut.String()
	}
	if err != nil {
		t.Fatal(err)
	}
	return 0, out.String(), errOut.String()
}

func TestWrongUsage(t *testing.T) {
	for name, args := range map[string][]string{
		"role":            {"nothing"},
		"flag":            {"--nothing"},
		"shim":            {"shim"},
		"doctor's flag":   {"doctor", "--nothing"},
		"number":          {"--ready-fd", "x"},
		"flag and a role": {"--version", "shim"},
	} {
		if status, out, errOut := result(t, bangerd(t.TempDir(), args...)); status != 2 || out != "" || !strings.HasPrefix(errOut, "bangerd: ") {
			t.Errorf("%s: status %d, %q, %q; want 2 and a word on standard error", name, status, out, errOut)
		}
	}
}

func TestVersion(t *testing.T) {
	if status, out, _ := result(t, bangerd(t.TempDir(), "--version")); status != 0 || out != "bangerd devel\n" {
		t.Errorf("status %d, %q", status, out)
	}
}

func TestCheckMigrations(t *testing.T) {
	for name, c := range map[string]struct {
		make func(path string) error
		want int
	}{
		"none":    {func(string) error { return nil }, 1},
		"present": {makeDatabase, 0},
		"older":   {changed("DELETE FROM schema_migrations WHERE id > 1; ALTER TABLE images ADD COLUMN packages_path TEXT; DROP TABLE snapshots"), 1},
		"newer":   {changed("INSERT INTO schema_migrations VALUES (99, 'from_the_future', '')"), 2},
		"another": {changed("UPDATE schema_migrations SET name = 'add_users' WHERE id = 2"), 2},
		"damaged": {func(path string) error { return os.WriteFile(path, bytes.Repeat([]byte("x"), 8192), 0o600) }, 2},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			state := filepath.Join(dir, "state")
			if err := os.Mkdir(state, 0o700); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(state, "state.db")
			if err := c.make(path); err != nil {
				t.Fatal(err)
			}
			before, _ := os.ReadFile(path)
			if status, out, errOut := result(t, bangerd(dir, "--check-migrations")); status != c.want || out+errOut == "" {
				t.Errorf("status %d, %q, %q; want %d and a word", status, out, errOut, c.want)
			}
			if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
				t.Error("it changed the database")
			}
		})
	}
}

func makeDatabase(path string) error {
	db, err := store.Open(context.Background(), path)
	if err != nil {
		return err
	}
	return db.Close()
}

// changed makes a database and then runs SQL on it.
func changed(text string) func(path string) error {
	return func(path string) error {
		if err := makeDatabase(path); err != nil {
			return err
		}
		db, err := sql.Open("sqlite", path)
		if err != nil {
			return err
		}
		_, err = db.Exec(text)
		return errors.Join(err, db.Close())
	}
}

func TestDaemonSaysWhenItServesAndWhyNot(t *testing.T) {
	dir := t.TempDir()
	ready, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer ready.Close()
	cmd := bangerd(dir, "--ready-fd", "3")
	cmd.ExtraFiles = []*os.File{w}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	if text, err := io.ReadAll(ready); err != nil || !strings.HasPrefix(string(text), "ready ") || strings.Count(string(text), "\n") != 1 {
		t.Errorf("said %q, %v, want one line", text, err)
	}
	status, _, errOut := result(t, bangerd(dir))
	if status != 1 || !strings.Contains(errOut, "another bangerd (pid ") || !strings.Contains(errOut, "\n  banger daemon stop") {
		t.Errorf("second daemon: status %d, %q", status, errOut)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the end by SIGTERM: %v", err)
	}
}

func TestDaemonRefusesABadConfiguration(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "config.toml"), []byte("colour = 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, _, errOut := result(t, bangerd(dir)); status != 1 || !strings.Contains(errOut, "line 1") {
		t.Errorf("status %d, %q, want it to name the line", status, errOut)
	}
}

func TestShimWithoutALaunchFile(t *testing.T) {
	report, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer report.Close()
	cmd := bangerd(t.TempDir(), "shim", filepath.Join(t.TempDir(), "launch.json"))
	cmd.ExtraFiles = []*os.File{w}
	status, _, _ := result(t, cmd)
	w.Close()
	if text, err := io.ReadAll(report); status != 1 || err != nil || !strings.Contains(string(text), `"problem"`) {
		t.Errorf("status %d, report %q, %v, want the problem", status, text, err)
	}
}

func TestDoctorWorksWithoutADaemon(t *testing.T) {
	if status, out, errOut := result(t, bangerd(t.TempDir(), "doctor", "--json")); status > 1 || !strings.HasPrefix(out, "{") {
		t.Errorf("status %d, %q, %q, want a report", status, out, errOut)
	}
}
