package image

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"banger/internal/progress"
)

const crashing = "BANGER_TEST_CRASHING_BUILD"

// TestCrash kills the builder without a warning and has the next one clean up.
func TestCrash(t *testing.T) {
	if state := os.Getenv(crashing); state != "" {
		b := benchAt(t, state)
		_, err := b.Build(t.Context(), Request{Name: "mine"}, func(e progress.Event) { fmt.Println("phase:", e.Phase) })
		t.Fatalf("the build ended: %v", err)
	}
	// The fake ends itself when nobody reads any more, as mmdebstrap does.
	work := fake(t, `
echo $TMPDIR >$WORK/tmpdir; mkdir -p $TMPDIR/root/proc; head -c 1500 $WORK/rootfs.tar
trap 'rm -rf $TMPDIR/root; exit 1' TERM
echo "I: creating tarball..." >&2
while sleep 0.05; do :; done`)
	state := t.TempDir()
	cmd := exec.Command("/proc/self/exe", "-test.run=^TestCrash$")
	cmd.Env = append(os.Environ(), crashing+"="+state, "TMPDIR="+state) // what it cannot clean up goes with state
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	for lines := bufio.NewScanner(out); lines.Scan() && !strings.HasPrefix(lines.Text(), "phase: write"); {
	}
	must(t, cmd.Process.Signal(syscall.SIGKILL))
	if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("the builder ended by itself: %v", err)
	}
	b := benchAt(t, state)
	if len(list(t, b.dir)) != 1 || len(list(t, b.host.disk)) != 1 {
		t.Errorf("the crash left %q and %q: nothing to sweep", list(t, b.dir), list(t, b.host.disk))
	}
	must(t, b.Sweep(t.Context()))
	b.onlyImages(t)
	for end := time.Now().Add(10 * time.Second); len(working(strings.TrimSpace(read(t, work, "tmpdir")))) > 0 && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond) // root's are killed by the kernel, in its own time
	}
	nobodyWorksIn(t, strings.TrimSpace(read(t, work, "tmpdir")))
}

func TestEndBuilder(t *testing.T) {
	dir := t.TempDir()
	must(t, endBuilder(t.Context(), dir)) // no file
	must(t, os.WriteFile(filepath.Join(dir, builderFile), []byte(`{"pid":`), 0o600))
	must(t, endBuilder(t.Context(), dir))
	cmd := exec.Command("sleep", "1000")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	must(t, cmd.Start())
	must(t, recordBuilder(dir, cmd.Process.Pid))
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	must(t, endBuilder(t.Context(), dir))
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "terminated") {
		t.Errorf("the process ended with %v", err)
	}
	must(t, endBuilder(t.Context(), dir))
}
