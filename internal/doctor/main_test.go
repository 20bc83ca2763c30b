package doctor

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"

	"banger/internal/store"
)

// keepOpen makes this test program another process that has the database open whose path is its value.
const keepOpen = "BANGER_DOCTOR_TEST_KEEP_OPEN"

func TestMain(m *testing.M) {
	if path := os.Getenv(keepOpen); path != "" {
		db, err := store.Open(context.Background(), path)
		fmt.Println(err)
		io.Copy(io.Discard, os.Stdin) // until the parent ends it, or ends
		_ = db
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// openElsewhere has another process open the database. It is killed by the function that is returned, or when the test ends.
func openElsewhere(t *testing.T, path string) (kill func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), keepOpen+"="+path)
	stdin, err := cmd.StdinPipe()
	must(t, err)
	stdout, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	kill = func() {
		cmd.Process.Kill()
		cmd.Wait()
		stdin.Close()
	}
	t.Cleanup(kill)
	lines := bufio.NewScanner(stdout)
	if !lines.Scan() || lines.Text() != "<nil>" {
		t.Fatalf("the other process says %q", lines.Text())
	}
	return kill
}
