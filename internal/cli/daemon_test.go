package cli

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

func TestDaemonStatusAndStop(t *testing.T) {
	w := newWorld(t)
	r := w.run("daemon", "status")
	r.want(t, 0, r.stdout)
	for _, want := range []string{"4711", "1.2.3", "emulated", "none"} {
		if !strings.Contains(r.stdout, want) {
			t.Errorf("status lacks %q:\n%s", want, r.stdout)
		}
	}
	empty := emptyWorld(t)
	empty.run("daemon", "status").want(t, 1, "", "no daemon is running", "banger daemon start")
	empty.run("daemon", "status", "--json").want(t, 1, "", `"code":"unavailable"`)
	empty.run("daemon", "stop").want(t, 0, "", "no daemon is running")
}

func TestDaemonLogs(t *testing.T) {
	w := newWorld(t)
	w.run("daemon", "logs").want(t, 1, "", "no log")
	path := w.daemon.Paths.DaemonLog()
	for name, text := range map[string]string{path + ".1": "one\ntwo\n", path: "three\x1b[31m\nfour\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w.run("daemon", "logs").want(t, 0, "one\ntwo\nthree?[31m\nfour\n")
	w.run("daemon", "logs", "--tail", "3").want(t, 0, "two\nthree?[31m\nfour\n")
}

// TestDoctorHandsOver: arguments, output and exit status are those of the daemon's program.
func TestDoctorHandsOver(t *testing.T) {
	w := emptyWorld(t)
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	p := Process{Args: []string{"doctor", "--strict", "--json"}, Stdout: &out, Stderr: &errs, Daemon: program, LookupEnv: os.LookupEnv}
	if status := Run(p); status != 4 || out.String() != "doctor --json --strict\n" || errs.String() != "a warning\n" {
		t.Errorf("status %d, stdout %q, stderr %q", status, &out, &errs)
	}
	w.run("doctor").want(t, 1, "", "/nonexistent/bangerd")
}

func TestVersion(t *testing.T) {
	w := emptyWorld(t)
	w.run("version").want(t, 0, "banger 1.2.3 (abcdef)\n")
	w.run("version", "--json").want(t, 0, "{\n  \"version\": \"1.2.3\",\n  \"commit\": \"abcdef\",\n  \"api\": \"v1\"\n}\n")
}
