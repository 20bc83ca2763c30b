package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"banger/internal/problem"
)

// helperVariable makes this test program another process at work on a database: its value is
// what to do, its first argument the file.
const helperVariable = "BANGER_STORE_TEST_HELPER"

func TestMain(m *testing.M) {
	if what := os.Getenv(helperVariable); what != "" {
		if err := help(context.Background(), what, os.Args[1]); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func help(ctx context.Context, what, path string) error {
	if what == "churn" {
		return churn(ctx, path)
	}
	s, err := Open(ctx, path)
	if err != nil {
		return err
	}
	fmt.Println("ready")
	bufio.NewReader(os.Stdin).ReadString('\n') // the start, or the parent's end
	verb, name, _ := strings.Cut(what, " ")
	switch verb {
	case "create":
		err = createSome(ctx, s, name, 50)
	case "forever":
		err = createSome(ctx, s, "forever", 1<<30)
	case "contest":
		err = contest(ctx, s, name)
	case "rewrite":
		err = rewrite(ctx, s)
	}
	return errors.Join(err, s.Close())
}

func createSome(ctx context.Context, s *Store, prefix string, count int) error {
	for n := range count {
		name := fmt.Sprintf("%s-%d", prefix, n)
		vm, err := s.CreateVM(ctx, testVM(name, name, "i"), subnet)
		if err != nil {
			return err
		}
		fmt.Println("created", vm.ID, vm.Runtime.GuestIP)
	}
	return nil
}

// contest wants names that others want too.
func contest(ctx context.Context, s *Store, prefix string) error {
	for n := range 50 {
		name := fmt.Sprintf("shared-%d", n)
		vm, err := s.CreateVM(ctx, testVM(prefix+name, name, "i"), subnet)
		switch {
		case problem.CodeOf(err) == problem.Taken:
			fmt.Println("taken", name)
		case err != nil:
			return err
		default:
			fmt.Println("created", vm.Name, vm.Runtime.GuestIP)
		}
	}
	return nil
}

// churn opens, writes and closes, for as long as it is let.
func churn(ctx context.Context, path string) error {
	fmt.Println("ready")
	for n := 0; ; n++ {
		s, err := Open(ctx, path)
		if err != nil {
			return err
		}
		for k := range 5 {
			name := fmt.Sprintf("churn-%d-%d", n, k)
			if _, err := s.CreateVM(ctx, testVM(name, name, "i"), subnet); err != nil {
				return err
			}
			if err := s.DeleteVM(ctx, name); err != nil {
				return err
			}
		}
		if err := s.Close(); err != nil {
			return err
		}
	}
}

// process is a helper.
type process struct {
	cmd   *exec.Cmd
	lines *bufio.Scanner
	begin func() // lets it go on
}

// startProcess returns once the process has opened the database.
func startProcess(t testing.TB, what, path string) *process {
	t.Helper()
	p := launch(t, what, path)
	if line := p.next(); line != "ready" {
		t.Fatalf("the other process says %q", line)
	}
	return p
}

func launch(t testing.TB, what, path string) *process {
	t.Helper()
	cmd := exec.Command(os.Args[0], path)
	cmd.Env = append(os.Environ(), helperVariable+"="+what)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	return &process{cmd: cmd, lines: bufio.NewScanner(stdout), begin: func() { stdin.Close() }}
}

// next is the process's next line, empty at its end.
func (p *process) next() string {
	if !p.lines.Scan() {
		return ""
	}
	return p.lines.Text()
}

func (p *process) kill() {
	p.cmd.Process.Kill()
	p.cmd.Wait()
}

// rest reads all that the process still says, and fails the test if that is an error.
func (p *process) rest(t testing.TB) []string {
	t.Helper()
	var lines []string
	for line := p.next(); line != ""; line = p.next() {
		if strings.HasPrefix(line, "error") {
			t.Error(line)
		}
		lines = append(lines, line)
	}
	return lines
}
