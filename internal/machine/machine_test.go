package machine_test

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"banger/internal/guestlink"
	"banger/internal/machine"
	"banger/internal/problem"
	"banger/internal/process"
	"banger/internal/shim"
	"banger/internal/vmm"
	"banger/internal/vmm/host"
)

// limit bounds every wait of these tests; none comes near it when all is well.
const limit = time.Minute

func newMachine(t *testing.T) *machine.Machine {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	h := &machine.Host{
		State: filepath.Join(dir, "vms"), Run: filepath.Join(dir, "run"), Blank: filepath.Join(dir, "blank"),
		Shim: []string{self, "shim"},
	}
	m := h.Machine("0123abcd")
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		if _, err := m.Kill(ctx, ""); err != nil {
			t.Errorf("kill at the end: %v", err)
		}
	})
	if err := m.CreateDisks(t.Context(), 64<<20, 128<<20); err != nil {
		t.Fatal(err)
	}
	return m
}

// launch is what a fake engine needs: files that exist.
func launch(t *testing.T) machine.Launch {
	t.Helper()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	return machine.Launch{
		Name: "test", Engine: host.Fake, VCPUs: 1, MemoryMiB: 128,
		Kernel: file, Initramfs: file, Rootfs: file, Modules: file, BootTimeout: limit,
	}
}

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	return ctx
}

func start(t *testing.T, m *machine.Machine, l machine.Launch) machine.Started {
	t.Helper()
	started, err := m.Start(within(t), l)
	if err != nil {
		t.Fatal(err)
	}
	return started
}

// run runs a command in the guest and gives its output.
func run(t *testing.T, m *machine.Machine, args ...string) string {
	t.Helper()
	conn, err := shim.Guest(within(t), m.Socket())
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	exit, err := guestlink.RunExec(within(t), conn, guestlink.Exec{Args: args}, guestlink.IO{Stdout: &out})
	if err != nil || exit.Status() != 0 {
		t.Fatalf("%q: status %d, %v", args, exit.Status(), err)
	}
	return out.String()
}

func TestALife(t *testing.T) {
	m := newMachine(t)
	if _, err := m.Status(within(t)); !errors.Is(err, machine.ErrNotRunning) {
		t.Errorf("status before the start: %v", err)
	}
	started := start(t, m, launch(t))
	if started.Guest.BootID == "" || len(started.Phases) < 3 {
		t.Errorf("started: %+v", started)
	}
	if _, err := m.Configure(within(t), guestlink.Configure{Hostname: "test", Now: time.Now()}); err != nil {
		t.Fatal(err)
	}
	if got := run(t, m, "echo", "hello"); got != "hello\n" {
		t.Errorf("the command said %q", got)
	}
	status, err := m.Status(within(t))
	if err != nil || status.Engine != host.Fake || status.Guest == nil || status.Guest.BootID != started.Guest.BootID {
		t.Errorf("status: %+v, %v", status, err)
	}
	if _, err := m.Start(within(t), launch(t)); problem.CodeOf(err) != problem.Conflict {
		t.Errorf("second start: %v", err)
	}
	if err := m.RemoveFiles(); problem.CodeOf(err) != problem.Conflict {
		t.Errorf("removing the files of a running machine: %v", err)
	}
	exit, err := m.PowerOff(within(t), limit)
	if err != nil || exit.Cause != vmm.CausePowerOff || !exit.Asked {
		t.Errorf("power off: %+v, %v", exit, err)
	}
	if last := m.LastExit(); last.Cause != exit.Cause || !last.At.Equal(exit.At) {
		t.Errorf("the folder says %+v, the supervisor said %+v", last, exit)
	}
	if status.Shim.Alive() {
		t.Error("the supervisor lives after the power-off")
	}
	removed(t, m)
}

func removed(t *testing.T, m *machine.Machine) {
	t.Helper()
	if is, err := m.Exists(); !is || err != nil {
		t.Errorf("it exists: %v, %v", is, err)
	}
	if err := m.RemoveFiles(); err != nil {
		t.Fatal(err)
	}
	if is, err := m.Exists(); is || err != nil {
		t.Errorf("it exists still: %v, %v", is, err)
	}
	for _, path := range []string{m.Dir(), m.Socket()} {
		if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is left: %v", path, err)
		}
	}
}

func TestItRunsAgainAfterItsEnd(t *testing.T) {
	m := newMachine(t)
	first := start(t, m, launch(t))
	if _, err := m.Kill(within(t), ""); err != nil {
		t.Fatal(err)
	}
	second := start(t, m, launch(t))
	if first.Guest.BootID == second.Guest.BootID {
		t.Error("both lives have the same boot id")
	}
}

func TestWatch(t *testing.T) {
	for name, c := range map[string]struct {
		end   func(t *testing.T, m *machine.Machine, s shim.Status)
		cause vmm.Cause
		asked bool
	}{
		"killed": {func(t *testing.T, m *machine.Machine, _ shim.Status) { m.Kill(within(t), "") }, vmm.CauseKilled, true},
		"engine killed from outside": {func(t *testing.T, m *machine.Machine, s shim.Status) {
			syscall.Kill(s.EnginePID, syscall.SIGKILL)
		}, vmm.CauseKilled, false},
		"supervisor killed": {func(t *testing.T, m *machine.Machine, s shim.Status) { s.Shim.Signal(syscall.SIGKILL) }, vmm.CauseFailed, false},
		"host shuts down":   {func(t *testing.T, m *machine.Machine, s shim.Status) { s.Shim.Signal(syscall.SIGTERM) }, vmm.CausePowerOff, true},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t)
			start(t, m, launch(t))
			status, err := m.Status(within(t))
			if err != nil {
				t.Fatal(err)
			}
			engine, err := process.Of(status.EnginePID)
			if err != nil {
				t.Fatal(err)
			}
			ended := make(chan shim.Exit)
			go func() {
				exit, err := m.Watch(within(t), nil)
				if err != nil {
					t.Errorf("watch: %v", err)
				}
				ended <- exit
			}()
			c.end(t, m, status)
			if exit := <-ended; exit.Cause != c.cause || exit.Asked != c.asked {
				t.Errorf("got %+v, want cause %s, asked %v", exit, c.cause, c.asked)
			}
			if _, err := os.Lstat(m.Socket()); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the socket is left: %v", err)
			}
			if err := engine.Wait(within(t)); err != nil {
				t.Errorf("the engine outlived it: %v", err)
			}
			removed(t, m)
		})
	}
}

func TestAnEphemeralMachineEndsWithItsLastLease(t *testing.T) {
	m := newMachine(t)
	l := launch(t)
	l.Ephemeral = true
	start(t, m, l)
	first, err := shim.Lease(within(t), m.Socket())
	if err != nil {
		t.Fatal(err)
	}
	second, err := shim.Lease(within(t), m.Socket())
	if err != nil {
		t.Fatal(err)
	}
	first.Close()
	if got := run(t, m, "echo", "held"); got != "held\n" {
		t.Errorf("with one lease left the command said %q", got)
	}
	second.Close()
	exit, err := m.Watch(within(t), nil)
	if err != nil || exit.Cause != vmm.CauseKilled || !exit.Asked {
		t.Errorf("after the last lease: %+v, %v", exit, err)
	}
}

func TestStartThatIsCalledOff(t *testing.T) {
	m := newMachine(t)
	ctx, cancel := context.WithCancel(t.Context())
	why := errors.New("changed my mind")
	ctx, cause := context.WithCancelCause(ctx)
	defer cancel()
	cause(why)
	if _, err := m.Start(ctx, launch(t)); !errors.Is(err, why) {
		t.Errorf("got %v, want %v", err, why)
	}
	removed(t, m)
}

func TestStartThatCannotSucceed(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*machine.Launch)
		want  string
	}{
		"no kernel":      {func(l *machine.Launch) { l.Kernel += ".absent" }, "the machine's kernel is missing"},
		"no rootfs":      {func(l *machine.Launch) { l.Rootfs += ".absent" }, "the machine's rootfs disk is missing"},
		"unknown engine": {func(l *machine.Launch) { l.Engine = "steam" }, `unknown engine "steam"`},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t)
			l := launch(t)
			c.spoil(&l)
			_, err := m.Start(within(t), l)
			if err == nil || !strings.Contains(err.Error(), c.want) || problem.CodeOf(err) != problem.Damaged {
				t.Errorf("got %v (%s), want it to say %q", err, problem.CodeOf(err), c.want)
			}
			removed(t, m)
		})
	}
}

func TestASupervisorThatDoesNotStart(t *testing.T) {
	dir := t.TempDir()
	h := &machine.Host{
		State: filepath.Join(dir, "vms"), Run: filepath.Join(dir, "run"), Blank: filepath.Join(dir, "blank"),
		Shim: []string{"/bin/sh", "-c", "echo no such luck; exit 3"},
	}
	m := h.Machine("dead")
	if err := m.CreateDisks(t.Context(), 64<<20, 64<<20); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Start(within(t), launch(t)); err == nil || !strings.Contains(err.Error(), "no such luck") {
		t.Errorf("got %v, want the supervisor's last words", err)
	}
	removed(t, m)
}

func TestRemoveFilesLeavesWhatIsNotOurs(t *testing.T) {
	m := newMachine(t)
	theirs := filepath.Join(m.Dir(), "notes.txt")
	if err := os.WriteFile(theirs, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	torn := filepath.Join(m.Dir(), ".system.ext4.123.tmp")
	if err := os.WriteFile(torn, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := m.RemoveFiles(); err == nil || !strings.Contains(err.Error(), m.Dir()) {
		t.Errorf("got %v, want the folder named", err)
	}
	left, err := os.ReadDir(m.Dir())
	if err != nil || len(left) != 1 || left[0].Name() != "notes.txt" {
		t.Errorf("left: %v, %v", left, err)
	}
}

func TestTwoSupervisorsOfOneFolder(t *testing.T) {
	m := newMachine(t)
	start(t, m, launch(t))
	// As after a crash in the middle of things: the folder forgot its supervisor.
	if err := os.Remove(filepath.Join(m.Dir(), shim.ProcessFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Start(within(t), launch(t)); problem.CodeOf(err) != problem.Conflict {
		t.Errorf("second supervisor: %v", err)
	}
	if got := run(t, m, "echo", "still here"); got != "still here\n" {
		t.Errorf("the first machine said %q", got)
	}
}

// A watcher that cannot reach the supervisor for a reason of its own must not take that for the machine's end.
func TestWatchThatFailsDoesNoHarm(t *testing.T) {
	m := newMachine(t)
	start(t, m, launch(t))
	away := m.Socket() + ".away"
	if err := errors.Join(os.Rename(m.Socket(), away), os.Symlink(filepath.Base(m.Socket()), m.Socket())); err != nil {
		t.Fatal(err)
	}
	if exit, err := m.Watch(within(t), nil); !errors.Is(err, syscall.ELOOP) {
		t.Errorf("got %+v, %v, want ELOOP", exit, err)
	}
	if err := os.Rename(away, m.Socket()); err != nil {
		t.Fatal(err)
	}
	if got := run(t, m, "echo", "alive"); got != "alive\n" {
		t.Errorf("the command said %q", got)
	}
}

func TestConfigureCanBeCalledOff(t *testing.T) {
	m := newMachine(t)
	start(t, m, launch(t))
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("changed my mind")
	cancel(why)
	if _, err := m.Configure(ctx, guestlink.Configure{Hostname: "test"}); !errors.Is(err, why) {
		t.Errorf("got %v, want %v", err, why)
	}
}

func TestCopyTo(t *testing.T) {
	m, dir := newMachine(t), t.TempDir()
	start(t, m, launch(t))
	write := func(w io.Writer) error {
		out := tar.NewWriter(w)
		out.WriteHeader(&tar.Header{Name: "a/b", Mode: 0o640, Size: 4, Typeflag: tar.TypeReg})
		out.Write([]byte("text"))
		return out.Close()
	}
	if err := m.CopyTo(within(t), guestlink.CopyTo{Path: dir, Tar: true}, write); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "a/b")); string(text) != "text" {
		t.Errorf("it has %q, %v", text, err)
	}
	err := m.CopyTo(within(t), guestlink.CopyTo{Path: dir + "/none", Tar: true}, write)
	if !errors.As(err, new(*guestlink.Error)) || !strings.Contains(err.Error(), "in the guest: ") {
		t.Errorf("into a folder that is not there: %v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	why, never := errors.New("a stop wants it"), make(chan struct{})
	defer close(never)
	err = m.CopyTo(ctx, guestlink.CopyTo{Path: dir, Tar: true}, func(io.Writer) error {
		cancel(why)
		<-never // a disk that does not answer
		return nil
	})
	if !errors.Is(err, why) {
		t.Errorf("called off: %v, want %v", err, why)
	}
}

// TestAMachineThatHasEnded is asked by who is a moment late, which is no defect.
func TestAMachineThatHasEnded(t *testing.T) {
	m := newMachine(t)
	start(t, m, launch(t))
	if _, err := m.Kill(within(t), ""); err != nil {
		t.Fatal(err)
	}
	for what, ask := range map[string]func() error{
		"dial":      func() error { _, err := m.Dial(within(t), 80); return err },
		"policy":    func() error { return m.SetPolicy(within(t), "none") },
		"expose":    func() error { return m.Expose(within(t), netip.MustParseAddr("127.77.0.2")) },
		"publish":   func() error { _, err := m.Publish(within(t), ":80"); return err },
		"unpublish": func() error { _, err := m.Unpublish(within(t), "80"); return err },
		"forwards":  func() error { _, err := m.Forwards(within(t)); return err },
		"pause":     func() error { return m.Pause(within(t)) },
		"configure": func() error { _, err := m.Configure(within(t), guestlink.Configure{Hostname: "late"}); return err },
	} {
		if err := ask(); !errors.Is(err, machine.ErrNotRunning) || problem.CodeOf(err) != problem.Conflict {
			t.Errorf("%s: %v", what, err)
		}
	}
}
