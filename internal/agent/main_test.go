package agent_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"banger/internal/agent/agenttest"
	"banger/internal/guestlink"
)

func TestMain(m *testing.M) { agenttest.Main(m) }

// guest is a running agent, as the host sees it.
type guest struct{ *agenttest.Guest }

// start starts an agent for the length of the test.
func start(t testing.TB) *guest {
	t.Helper()
	return &guest{agenttest.Start(t)}
}

// run runs a command to its end.
func (g *guest) run(t testing.TB, x guestlink.Exec, with guestlink.IO) (guestlink.Exit, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	stream, err := g.Open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return guestlink.RunExec(ctx, stream, x, with)
}

// output runs a command that must succeed and returns what it wrote.
func (g *guest) output(t testing.TB, x guestlink.Exec, stdin io.Reader) string {
	t.Helper()
	var out, errOut bytes.Buffer
	exit, err := g.run(t, x, guestlink.IO{Stdin: stdin, Stdout: &out, Stderr: &errOut})
	if err != nil || exit.Status() != 0 {
		t.Errorf("%q: %+v, %v, %s", x.Args, exit, err, &errOut)
	}
	return out.String()
}

// execs is how many commands the agent says it has.
func (g *guest) execs(t testing.TB) int {
	t.Helper()
	resp, err := g.Call(t.Context(), guestlink.Request{Op: guestlink.OpInfo})
	if err != nil {
		t.Fatal(err)
	}
	return resp.Info.Execs
}

// thisRun marks the processes of this run of the tests by their environment: another
// run beside it, or what a killed one left, must not be taken for them.
var thisRun = fmt.Sprintf("BANGER_TEST_RUN=%d", os.Getpid())

func sh(script string) guestlink.Exec {
	return guestlink.Exec{Args: []string{"sh", "-c", script}, Env: []string{thisRun}}
}

// eventually waits until check is true.
func eventually(t testing.TB, what string, check func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !check(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited %v for %s", patience, what)
		}
	}
}

// alive reports whether a process of this run lives whose arguments hold the word mark.
func alive(mark string) bool {
	all, _ := filepath.Glob("/proc/[0-9]*")
	for _, process := range all {
		args, _ := os.ReadFile(process + "/cmdline") // it may have ended meanwhile
		environ, _ := os.ReadFile(process + "/environ")
		if bytes.Contains(args, []byte(mark)) && bytes.Contains(environ, []byte(thisRun+"\x00")) {
			return true
		}
	}
	return false
}

// patience is how long a test waits for what must happen: a hang is a failure, a slow machine is not.
const patience = 60 * time.Second
