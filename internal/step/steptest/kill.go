package steptest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"banger/internal/step"
)

// What a process that is to be killed is told: the number of the fault point, and the folder to work in.
const (
	pointVariable  = "BANGER_TEST_KILLED_AT"
	folderVariable = "BANGER_TEST_KILLED_IN"
)

// Kill runs do in a process of its own, which is killed (SIGKILL) at the first fault point, then at the next one, and so on, until do
// comes to its end. Each time after is called in the test's own process, with the same folder, as whoever starts next. The test that calls Kill is run
// again in the other process and must come to Kill without doing anything.
func Kill(t *testing.T, do, after func(t *testing.T, dir string)) {
	t.Helper()
	if dir := os.Getenv(folderVariable); dir != "" {
		at, err := strconv.ParseInt(os.Getenv(pointVariable), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		defer step.SetFaults(dieAt(at))()
		do(t, dir)
		return
	}
	for at := 0; ; at++ {
		dir := t.TempDir()
		point, killed := killedAt(t, dir, at)
		if !killed {
			if at == 0 {
				t.Error("it has no fault points")
			}
			return
		}
		t.Run(fmt.Sprintf("%d %s", at, point), func(t *testing.T) { after(t, dir) })
	}
}

// dieAt ends the process at a fault point, having said which one that is.
func dieAt(at int64) func(point string) error {
	var passed atomic.Int64
	return func(point string) error {
		if passed.Add(1)-1 == at {
			fmt.Println(mark + point)
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
		return nil
	}
}

// mark begins the line that names the fault point.
const mark = "killed at: "

func killedAt(t *testing.T, dir string, at int) (point string, killed bool) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	temporary := filepath.Join(dir, "tmp") // so that what is not cleaned up there goes with dir
	if err := os.Mkdir(temporary, 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), pointVariable+"="+strconv.Itoa(at), folderVariable+"="+dir, "TMPDIR="+temporary)
	out, err := cmd.CombinedOutput()
	status, _ := cmd.ProcessState.Sys().(syscall.WaitStatus)
	_, rest, found := strings.Cut(string(out), mark)
	if err != nil && !(found && status.Signaled() && status.Signal() == syscall.SIGKILL) {
		t.Fatalf("at point %d: %v\n%s", at, err, out)
	}
	point, _, _ = strings.Cut(rest, "\n")
	return point, err != nil
}
