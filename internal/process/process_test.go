package process

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// startCat starts a process that ends when its standard input does, so that it
// cannot outlive the test.
func startCat(t *testing.T, path string) (*exec.Cmd, ID) {
	t.Helper()
	cmd := exec.Command(path)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stdin.Close(); cmd.Wait() })
	id, err := Of(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	return cmd, id
}

func TestSelf(t *testing.T) {
	id, err := Self()
	if err != nil {
		t.Fatal(err)
	}
	again, err := Of(os.Getpid())
	if err != nil || again != id {
		t.Errorf("Of(own pid) = %v, %v, want %v", again, err, id)
	}
	if id.PID != os.Getpid() || id.Start == 0 || len(id.Boot) != 36 {
		t.Errorf("Self() = %+v, want own pid, a start time and a boot id", id)
	}
	if !id.Alive() {
		t.Error("this process is not alive")
	}
}

func TestEndIsSeenBeforeAndAfterReaping(t *testing.T) {
	cmd, id := startCat(t, "cat")
	if !id.Alive() {
		t.Fatal("a process that was just started is not alive")
	}
	if err := id.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := id.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	check := func(when string) {
		if id.Alive() {
			t.Errorf("alive %s", when)
		}
		if err := id.Signal(syscall.SIGTERM); !errors.Is(err, os.ErrProcessDone) {
			t.Errorf("Signal %s: %v, want %v", when, err, os.ErrProcessDone)
		}
		if err := id.Wait(t.Context()); err != nil {
			t.Errorf("Wait %s: %v", when, err)
		}
	}
	check("as a zombie")
	cmd.Wait()
	check("after it was waited for")
	if status := cmd.ProcessState.Sys().(syscall.WaitStatus); status.Signal() != syscall.SIGTERM {
		t.Errorf("it ended with %v, want %v", status, syscall.SIGTERM)
	}
	if _, err := Of(id.PID); !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("Of a pid without process: %v, want %v", err, os.ErrProcessDone)
	}
}

func TestWaitStandsUntilTheEnd(t *testing.T) {
	cmd, id := startCat(t, "cat")
	waited := make(chan error, 1)
	go func() { waited <- id.Wait(t.Context()) }()
	select {
	case err := <-waited:
		t.Fatalf("Wait on a living process returned %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	cmd.Process.Kill()
	if err := <-waited; err != nil {
		t.Errorf("Wait: %v", err)
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	_, id := startCat(t, "cat")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := id.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Wait past its deadline: %v, want %v", err, context.DeadlineExceeded)
	}
	if err := id.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Wait with an ended context: %v, want %v", err, context.DeadlineExceeded)
	}
	if !id.Alive() {
		t.Error("waiting ended the process")
	}
}

func TestAnotherProcessWithThePidIsLeftAlone(t *testing.T) {
	_, living := startCat(t, "cat")
	for name, stale := range map[string]ID{
		"other start": {living.PID, living.Start - 1, living.Boot},
		"other boot":  {living.PID, living.Start, "0b0e5d1c-0000-4000-8000-000000000000"},
		"zero":        {},
		"no pid":      {0, living.Start, living.Boot},
		"group":       {-living.PID, living.Start, living.Boot},
	} {
		if stale.Alive() {
			t.Errorf("%s: alive", name)
		}
		if err := stale.Signal(syscall.SIGKILL); !errors.Is(err, os.ErrProcessDone) {
			t.Errorf("%s: Signal: %v, want %v", name, err, os.ErrProcessDone)
		}
		if err := stale.Wait(t.Context()); err != nil {
			t.Errorf("%s: Wait: %v", name, err)
		}
	}
	if !living.Alive() {
		t.Error("the process that has the pid now was hit")
	}
}

func TestNameOfTheProgramCannotShiftTheFields(t *testing.T) {
	cat, err := exec.LookPath("cat")
	if err != nil {
		t.Fatal(err)
	}
	_, plain := startCat(t, cat)
	odd := filepath.Join(t.TempDir(), ") R 1 1\n(")
	if err := os.Symlink(cat, odd); err != nil {
		t.Fatal(err)
	}
	_, id := startCat(t, odd)
	if id.Start < plain.Start {
		t.Errorf("start of %q is %d, before an earlier one's %d", odd, id.Start, plain.Start)
	}
}

func TestParseStart(t *testing.T) {
	rest := "S" + strings.Repeat(" 7", 18) + " 4242 9 9"
	for stat, want := range map[string]uint64{
		"1 (cat) " + rest:          4242,
		"1 () R 1 (x) ) " + rest:   4242,
		"1 (a\n) 5 5 5 5) " + rest: 4242,
		"":                         0,
		"1 (cat) S 1 2":            0,
		"1 (cat) " + strings.ReplaceAll(rest, "4242", "-1"): 0,
	} {
		got, err := parseStart([]byte(stat))
		if got != want || (err == nil) != (want != 0) {
			t.Errorf("parseStart(%q) = %d, %v, want %d", stat, got, err, want)
		}
	}
}

func TestIDSurvivesJSON(t *testing.T) {
	id, err := Self()
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(id)
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf(`{"pid":%d,"start":%d,"boot":%q}`, id.PID, id.Start, id.Boot); string(text) != want {
		t.Errorf("as JSON: %s, want %s", text, want)
	}
	var back ID
	if err := json.Unmarshal(text, &back); err != nil || back != id {
		t.Errorf("back from JSON: %v, %v, want %v", back, err, id)
	}
}

func TestNoDescriptorIsLeft(t *testing.T) {
	_, id := startCat(t, "cat")
	id.Alive()
	before := descriptors(t)
	stale := ID{id.PID, id.Start + 1, id.Boot}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for range 20 {
		id.Alive()
		id.Signal(0)
		id.Wait(ended)
		stale.Alive()
	}
	if after := descriptors(t); after != before {
		t.Errorf("%d descriptors, %d before", after, before)
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}
