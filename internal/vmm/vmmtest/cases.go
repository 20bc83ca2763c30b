package vmmtest

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"banger/internal/guestlink"
	"banger/internal/vmm"
)

// life is a machine that does everything in order.
func life(t *testing.T, s Subject) {
	g := s.boot(t, s.spec(t))
	if out := g.must("", "say", "hello"); out != "hello\n" {
		t.Errorf("the guest said %q", out)
	}
	pauses(g)
	g.detach("say", "to the console")
	eventually(t, "the console's words", func() bool {
		return strings.Contains(g.spec.Console.(*Transcript).String(), "to the console")
	})
	for _, f := range []*os.File{g.spec.Kernel, g.spec.Initramfs} {
		if _, err := f.Stat(); err != nil {
			t.Errorf("a descriptor of the caller's is closed: %v", err)
		}
		if at, err := f.Seek(0, io.SeekCurrent); at != 0 || err != nil {
			t.Errorf("the position of a file of the caller's moved to %d (%v)", at, err)
		}
	}
	g.powerOff()
	g.ends(vmm.CausePowerOff)
}

// pauses checks that a paused guest says nothing and goes on afterwards.
func pauses(g *guest) {
	g.t.Helper()
	for range 2 { // idempotent
		if err := g.Pause(bounded(g.t)); err != nil {
			g.t.Fatalf("pause: %v", err)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	if _, err := g.session.Call(ctx, guestlink.Request{Op: guestlink.OpInfo}); !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		g.t.Errorf("a paused guest answered (%v)", err)
	}
	for range 2 {
		if err := g.Resume(bounded(g.t)); err != nil {
			g.t.Fatalf("resume: %v", err)
		}
	}
	if out := g.must("", "say", "again"); out != "again\n" {
		g.t.Errorf("after a pause the guest said %q", out)
	}
}

// disks checks names, direction and contents.
func disks(t *testing.T, s Subject) {
	if !s.engine(t).Features().RealGuest {
		return // its guest has no kernel to see a disk with
	}
	dir := t.TempDir()
	spec := s.spec(t)
	for _, d := range []struct {
		serial   string
		flag     int
		readOnly bool
	}{{"rootless", os.O_RDONLY, true}, {"a-serial-of-20-bytes", os.O_RDWR, false}} {
		path := filepath.Join(dir, d.serial)
		if err := os.WriteFile(path, append([]byte("this is "+d.serial+"\n"), make([]byte, 1<<20)...), 0o600); err != nil {
			t.Fatal(err)
		}
		spec.Disks = append(spec.Disks, vmm.Disk{Serial: d.serial, ReadOnly: d.readOnly, File: open(t, path, d.flag)})
	}
	g := s.boot(t, spec)
	for name, d := range map[string]vmm.Disk{"vda": spec.Disks[0], "vdb": spec.Disks[1]} {
		if got := g.must("", "cat", "/sys/block/"+name+"/serial"); got != d.Serial {
			t.Errorf("%s has the serial %q, want %q", name, got, d.Serial)
		}
		if got := g.must("", "cat", "/dev/"+name); !strings.HasPrefix(got, "this is "+d.Serial+"\n") {
			t.Errorf("%s holds %.40q", name, got)
		}
	}
	g.must("written by the guest", "write", "/dev/vdb")
	if out, exit, err := g.probe("x", "write", "/dev/vda"); err != nil || exit.Status() == 0 {
		t.Errorf("a read-only disk was written: status %d, %v: %s", exit.Status(), err, out)
	}
	g.powerOff()
	g.ends(vmm.CausePowerOff)
	if got, err := os.ReadFile(filepath.Join(dir, spec.Disks[1].Serial)); err != nil || !strings.HasPrefix(string(got), "written by the guest") {
		t.Errorf("the file of the disk holds %.40q (%v)", got, err)
	}
}

// deaf takes nothing.
type deaf struct{}

func (deaf) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

// deafConsole: a host without room must not stop a guest.
func deafConsole(t *testing.T, s Subject) {
	spec := s.spec(t)
	spec.Console, spec.Log = deaf{}, deaf{}
	g := s.boot(t, spec)
	g.detach("flood", "64") // a socket holds less, in pieces as small as these
	g.must("", "say", "still here")
	g.powerOff()
	g.ends(vmm.CausePowerOff)
}

func kill(t *testing.T, s Subject) {
	g := s.boot(t, s.spec(t))
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			if err := g.Kill(); err != nil {
				t.Errorf("kill: %v", err)
			}
			select {
			case <-g.Done():
			default:
				t.Error("Kill has returned and Done is not closed")
			}
		})
	}
	all.Wait()
	g.ends(vmm.CauseKilled)
}

func kernelPanic(t *testing.T, s Subject) {
	g := s.boot(t, s.spec(t))
	g.exec(guestlink.Exec{Args: s.Panic, Dir: "/"}, "") // nobody is left to answer
	g.ends(vmm.CauseReset)
	if console := g.spec.Console.(*Transcript).String(); !strings.Contains(console, "Kernel panic") {
		t.Errorf("the console does not tell of the panic:\n%s", console)
	}
}

func killedFromOutside(t *testing.T, s Subject) { endedBy(t, s, syscall.SIGKILL) }

func toldToEnd(t *testing.T, s Subject) { endedBy(t, s, syscall.SIGTERM) }

func endedBy(t *testing.T, s Subject, sig syscall.Signal) {
	g := s.boot(t, s.spec(t))
	if err := syscall.Kill(g.PID(), sig); err != nil {
		t.Fatal(err)
	}
	if exit := g.ends(vmm.CauseKilled); exit.Detail == "" {
		t.Error("it does not say what killed it")
	}
}

func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited %s for %s", patience, what)
		}
	}
}
