package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"

	"banger/api"
)

// small keeps the guests of tests small.
var small = []string{"--vcpu", "1", "--memory", "512M"}

func vmRun(args ...string) []string {
	return append(append([]string{"vm", "run"}, small...), args...)
}

func vms(t *testing.T) []api.VM {
	t.Helper()
	return mustJSON[api.VMList](t, world.host, "vm", "list").VMs
}

func exists(t *testing.T, name string) bool {
	t.Helper()
	for _, vm := range vms(t) {
		if vm.Name == name {
			return true
		}
	}
	return false
}

func TestRunShowsAFreshLinux(t *testing.T) {
	r := banger(t, vmRun("--rm", "--name", "first", "--", "sh", "-c", "uname -a; cat /etc/os-release; hostname; echo done >&2; exit 42")...)
	if r.Exit != 42 {
		t.Errorf("exit %d, want the command's own 42\n%s", r.Exit, r.Stderr)
	}
	for _, want := range []string{"Linux first ", "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"", "\nfirst\n"} {
		if !strings.Contains(r.Stdout, want) {
			t.Errorf("standard output lacks %q:\n%s", want, r.Stdout)
		}
	}
	for _, want := range []string{"spec: 1 vcpu | 512 MiB | 8G disk | debian-bookworm | ", "done"} {
		if !strings.Contains(r.Stderr, want) {
			t.Errorf("standard error lacks %q:\n%s", want, r.Stderr)
		}
	}
	if exists(t, "first") {
		t.Error("--rm left the VM's row")
	}
	eventually(t, "files of a VM run with --rm are deleted", func() bool { return len(machineFolders(t)) == len(vms(t)) })
}

func machineFolders(t *testing.T) []os.DirEntry {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(world.host.State, "vms"))
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

func TestRunQuietPrintsTheCommandsOutputOnly(t *testing.T) {
	r := banger(t, vmRun("--rm", "-q", "--", "echo", "only this")...)
	if r.Stdout != "only this\n" || r.Stderr != "" || r.Exit != 0 {
		t.Errorf("exit %d, stdout %q, stderr %q", r.Exit, r.Stdout, r.Stderr)
	}
}

// TestRunShortcutAndOptions checks in one boot that each option reaches the guest.
func TestRunShortcutAndOptions(t *testing.T) {
	script := `nproc; awk '/MemTotal/{print $2}' /proc/meminfo; hostname; pwd; id -un; echo "$COLOR|$FROM_HERE"
df -B1M --output=size /root / | tail -n 2`
	call := world.host.Banger("run", "--rm", "--name", "shaped", "--vcpu", "2", "--memory", "768MiB", "--disk-size", "3GiB", "--system-size", "2G",
		"-e", "COLOR=dark blue", "-e", "FROM_HERE", "-w", "/usr/share", "-u", "nobody", "--timing", "--", "sh", "-c", script)
	r := run(t, call.With("FROM_HERE=taken along"))
	if r.Exit != 0 {
		t.Fatalf("exit %d\n%s", r.Exit, r.Stderr)
	}
	lines := strings.Split(strings.TrimSpace(r.Stdout), "\n")
	if len(lines) != 8 {
		t.Fatalf("got %d lines:\n%s", len(lines), r.Stdout)
	}
	for i, want := range map[int]string{0: "2", 2: "shaped", 3: "/usr/share", 4: "nobody", 5: "dark blue|taken along"} {
		if lines[i] != want {
			t.Errorf("line %d is %q, want %q", i, lines[i], want)
		}
	}
	within(t, "MemTotal in KiB", lines[1], 640<<10, 768<<10)
	within(t, "size of the work disk in MiB", lines[6], 2800, 3072)
	within(t, "size of the system disk in MiB", lines[7], 1800, 2048)
	for _, phase := range []string{"boot", "ms"} {
		if !strings.Contains(r.Stderr, phase) {
			t.Errorf("--timing shows no %q:\n%s", phase, r.Stderr)
		}
	}
}

func TestRunKeepsTheVMAndSaysSo(t *testing.T) {
	remove(t, "kept")
	r := banger(t, vmRun("--name", "kept", "--", "true")...)
	if r.Exit != 0 || !strings.Contains(r.Stderr, "kept") || !strings.Contains(r.Stderr, "vm stop kept") {
		t.Errorf("exit %d; the closing line should say that it runs on and how to stop it: %s", r.Exit, r.Stderr)
	}
	if vm := mustJSON[api.VM](t, world.host, "vm", "show", "kept"); vm.State != "running" {
		t.Errorf("state %q, want running", vm.State)
	}
}

func TestRunDetached(t *testing.T) {
	remove(t, "behind")
	r := banger(t, vmRun("-d", "--name", "behind", "--", "sh", "-c", "echo from behind; touch /root/was-here")...)
	if r.Exit != 0 {
		t.Fatalf("exit %d\n%s", r.Exit, r.Stderr)
	}
	eventually(t, "the command of -d runs", func() bool {
		return banger(t, "vm", "exec", "behind", "--", "test", "-e", "/root/was-here").Exit == 0
	})
	eventually(t, "its output is in the VM's log", func() bool {
		return strings.Contains(must(t, world.host, "vm", "logs", "behind"), "from behind")
	})
}

func TestRunTimeoutIs124(t *testing.T) {
	r := banger(t, vmRun("--rm", "--timeout", "1s", "--", "sleep", "600")...)
	if r.Exit != 124 {
		t.Errorf("exit %d, want 124\n%s", r.Exit, r.Stderr)
	}
}

// TestRunInterrupted sends Ctrl-C to a command that says what it got.
func TestRunInterrupted(t *testing.T) {
	var out lockedBuffer
	call := world.host.Banger(vmRun("--rm", "--name", "ctrl-c", "--", "sh", "-c", "trap 'echo got it; exit 7' INT; echo ready; while :; do sleep 0.1; done")...)
	call.Stdout = &out
	p, err := call.Start()
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the command runs", func() bool { return strings.Contains(out.String(), "ready") })
	if err := p.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	r := p.Wait(t.Context())
	if r.Exit != 7 || !strings.Contains(out.String(), "got it") {
		t.Errorf("exit %d, stdout %q, want the command's own answer to SIGINT\n%s", r.Exit, out.String(), r.Stderr)
	}
	if exists(t, "ctrl-c") {
		t.Error("--rm left the VM after Ctrl-C")
	}
}

func TestRunRmSurvivesTheClientsDeath(t *testing.T) {
	var out lockedBuffer
	call := world.host.Banger(vmRun("--rm", "--name", "orphan", "--", "sh", "-c", "echo ready; sleep 600")...)
	call.Stdout = &out
	p, err := call.Start()
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the command runs", func() bool { return strings.Contains(out.String(), "ready") })
	p.Signal(syscall.SIGKILL)
	p.Wait(t.Context())
	eventually(t, "the VM of a killed client is deleted", func() bool { return !exists(t, "orphan") })
}

func TestRunOnATerminal(t *testing.T) {
	call := world.host.Banger(vmRun("--rm", "-t", "-i", "--", "sh", "-c", "tty; stty size; read line; echo \"read: $line\"; exit 5")...)
	term := startOnTerminal(t, call, &pty.Winsize{Rows: 33, Cols: 101})
	eventually(t, "the command runs on a terminal of the right size", func() bool {
		return strings.Contains(term.seen.String(), "/dev/pts/") && strings.Contains(term.seen.String(), "33 101")
	})
	term.typeIn(t, "hello\r")
	eventually(t, "the line arrives", func() bool { return strings.Contains(term.seen.String(), "read: hello") })
	if r := term.wait(t); r.Exit != 5 {
		t.Errorf("exit %d, want 5\n%s", r.Exit, term.seen.String())
	}
}

func TestRunWithoutACommandIsALoginShell(t *testing.T) {
	call := world.host.Banger(vmRun("--rm", "-q")...).Input(strings.NewReader("echo in $0 at $PWD\nexit 3\n"))
	r := run(t, call)
	if r.Exit != 3 || !strings.Contains(r.Stdout, "at /root") {
		t.Errorf("exit %d, stdout %q, stderr %q", r.Exit, r.Stdout, r.Stderr)
	}
}

func TestRunStandardInput(t *testing.T) {
	sent := bytes.Repeat([]byte("\x00\xff\r\n\x03\x04\x1a"), 100_000)
	r := run(t, world.host.Banger(vmRun("--rm", "-i", "-q", "--", "cat")...).Input(bytes.NewReader(sent)))
	if r.Exit != 0 || r.Stdout != string(sent) {
		t.Errorf("exit %d, %d bytes came back of %d\n%s", r.Exit, len(r.Stdout), len(sent), r.Stderr)
	}
}
