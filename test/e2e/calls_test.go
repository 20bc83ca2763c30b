package e2e

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"banger/test/harness"
)

// patience bounds one command. It is far beyond what any takes, so that a busy machine fails no test.
const patience = 8 * time.Minute

// run runs one call to its end, which must come by itself.
func run(t *testing.T, call *harness.Call) harness.Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r := call.Run(ctx)
	if r.Err != nil {
		t.Fatalf("banger %s: %v\nstdout: %s\nstderr: %s", strings.Join(call.Args, " "), r.Err, r.Stdout, r.Stderr)
	}
	return r
}

// onHost runs a program of this host's in a folder; it must succeed. It is started by the harness, which else would take its status for an orphan's.
func onHost(t *testing.T, dir, program string, args ...string) {
	t.Helper()
	if r := run(t, &harness.Call{Path: program, Args: args, Dir: dir, Env: os.Environ()}); r.Exit != 0 {
		t.Fatalf("%s %s: exit %d\n%s%s", program, strings.Join(args, " "), r.Exit, r.Stdout, r.Stderr)
	}
}

// banger runs a command on the shared host.
func banger(t *testing.T, args ...string) harness.Result {
	t.Helper()
	return run(t, world.host.Banger(args...))
}

// must runs a command that must succeed and gives its standard output.
func must(t *testing.T, h *harness.Host, args ...string) string {
	t.Helper()
	r := run(t, h.Banger(args...))
	if r.Exit != 0 {
		t.Fatalf("banger %s: exit %d\nstdout: %s\nstderr: %s", strings.Join(args, " "), r.Exit, r.Stdout, r.Stderr)
	}
	return r.Stdout
}

// mustJSON runs a command that must succeed with --json and decodes what it prints.
func mustJSON[T any](t *testing.T, h *harness.Host, args ...string) T {
	t.Helper()
	var v T
	out := must(t, h, append(args, "--json")...)
	if err := json.Unmarshal([]byte(out), &v); err != nil {
		t.Fatalf("banger %s --json: %v\n%s", strings.Join(args, " "), err, out)
	}
	return v
}

// refused runs a command that must fail with exit status code, nothing on standard
// output, and every one of the words on standard error.
func refused(t *testing.T, h *harness.Host, code int, words []string, args ...string) {
	t.Helper()
	wantRefusal(t, run(t, h.Banger(args...)), code, words, args)
}

func wantRefusal(t *testing.T, r harness.Result, code int, words, args []string) {
	t.Helper()
	line := "banger " + strings.Join(args, " ")
	if r.Exit != code {
		t.Errorf("%s: exit %d, want %d\nstderr: %s", line, r.Exit, code, r.Stderr)
	}
	if r.Stdout != "" {
		t.Errorf("%s: printed on standard output: %q", line, r.Stdout)
	}
	for _, word := range words {
		if !strings.Contains(r.Stderr, word) {
			t.Errorf("%s: said %q, want it to mention %q", line, r.Stderr, word)
		}
	}
	for _, leak := range []string{"goroutine ", "exit status", "*errors.", "*fs.PathError", "%!"} {
		if strings.Contains(r.Stderr, leak) {
			t.Errorf("%s: showed %q to the user: %s", line, leak, r.Stderr)
		}
	}
}

var sharedVM sync.Once

// guest is the name of a running VM on the shared host, for tests that only run commands in it.
func guest(t *testing.T) string {
	t.Helper()
	const name = "shared-guest"
	sharedVM.Do(func() { must(t, world.host, "vm", "create", "--name", name, "--memory", "512M", "--vcpu", "1") })
	return name
}

// inGuest runs a command in the shared VM, which must succeed, and gives its standard output.
func inGuest(t *testing.T, args ...string) string {
	t.Helper()
	return must(t, world.host, append([]string{"vm", "exec", guest(t), "--"}, args...)...)
}

// remove deletes a VM of the shared host when the test ends, if it is still there.
func remove(t *testing.T, name string) {
	t.Cleanup(func() { run(t, world.host.Banger("vm", "delete", "-f", name)) })
}

// eventually waits until ok, for what happens by itself soon after a command.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not after %v", what, patience)
		}
		time.Sleep(20 * time.Millisecond)
	}
}
