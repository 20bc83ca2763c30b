package snapshot

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"banger/internal/step"
)

func TestMakeAndFind(t *testing.T) {
	r := newRoom(t)
	shape := shapeOf("a")
	if got := r.find(shape); got != nil {
		t.Fatalf("found %+v before one was made", got)
	}
	r.make(shape)
	got := r.find(shape)
	if got == nil || r.find(shape) != got {
		t.Errorf("found %+v, and then another", got)
	}
	if names := r.left(); !slices.Equal(names, []string{got.Key}) {
		t.Errorf("the folders hold %q, want the template only", names)
	}
	for name, other := range map[string]func(*Shape){
		"image": func(s *Shape) { s.Image = "b" }, "kernel": func(s *Shape) { s.Kernel = "b" }, "agent": func(s *Shape) { s.Initramfs = "b" },
		"engine": func(s *Shape) { s.Engine = "b" }, "CPUs": func(s *Shape) { s.VCPUs++ }, "memory": func(s *Shape) { s.MemoryMiB++ },
		"disks": func(s *Shape) { s.Work++ },
	} {
		changed := shape
		other(&changed)
		if r.find(changed) != nil {
			t.Errorf("with another %s it is still found", name)
		}
	}
	r.Close()
	r.open()
	if r.find(shape) == nil {
		t.Error("the next daemon does not find it")
	}
}

// Two at once make one, and the later one uses it.
func TestTwoMakesAreOne(t *testing.T) {
	r := newRoom(t)
	var boots sync.Map
	restore := step.SetFault("boot it: done", func() error { boots.Store(newID(), true); return nil })
	defer restore()
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			if err := r.Make(t.Context(), shapeOf("a"), r.parts, nil); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	count := 0
	boots.Range(func(any, any) bool { count++; return true })
	if count != 1 {
		t.Errorf("%d guests were booted", count)
	}
}

// Called off, a making leaves nothing.
func TestAMakeThatIsCalledOffLeavesNothing(t *testing.T) {
	r := newRoom(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer step.SetFault("boot it: done", func() error { cancel(); return nil })()
	if err := r.Make(ctx, shapeOf("a"), r.parts, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if names := r.left(); len(names) != 0 {
		t.Errorf("left: %q", names)
	}
}

// What is not as the manifest says is put aside, said, and not found.
func TestDamageIsFound(t *testing.T) {
	for name, damage := range map[string]func(dir string) error{
		"a byte":   func(dir string) error { return os.WriteFile(filepath.Join(dir, "state"), []byte("0000"), 0o600) },
		"gone":     func(dir string) error { return os.Remove(filepath.Join(dir, "work.ext4")) },
		"manifest": func(dir string) error { return os.WriteFile(filepath.Join(dir, manifestFile), []byte("{}"), 0o600) },
		"no rights": func(dir string) error {
			return errors.Join(os.Remove(filepath.Join(dir, "memory")), os.Symlink("/etc/passwd", filepath.Join(dir, "memory")))
		},
	} {
		for _, loaded := range []bool{true, false} {
			r := newRoom(t)
			r.make(shapeOf("a"))
			dir := r.find(shapeOf("a")).dir
			if !loaded {
				r.Close()
				r.open()
			}
			if err := damage(dir); err != nil {
				t.Fatal(err)
			}
			if loaded && name == "manifest" {
				continue // nobody reads it any more
			}
			if got := r.find(shapeOf("a")); got != nil {
				t.Errorf("%s, loaded %v: it is found", name, loaded)
			}
			if names := r.left(); !slices.Equal(names, []string{filepath.Base(dir) + damagedSuffix}) {
				t.Errorf("%s, loaded %v: the folders hold %q", name, loaded, names)
			}
			if found := Look(t.Context(), r.Dir); len(found) != 1 || found[0].Err == nil {
				t.Errorf("%s: doctor finds %+v", name, found)
			}
			if !strings.Contains(r.log.text.String(), "damaged") {
				t.Errorf("%s: the log says %q", name, r.log.text.String())
			}
			r.make(shapeOf("a"))
			if r.find(shapeOf("a")) == nil {
				t.Errorf("%s: another one cannot be made", name)
			}
		}
	}
}

// On a file system that is read-only by now a whole template is found, and a damaged one is no error.
func TestReadOnlyTemplates(t *testing.T) {
	r := newRoom(t)
	r.make(shapeOf("a"))
	dir := r.find(shapeOf("a")).dir
	r.Close()
	spoil := func() error { return os.WriteFile(filepath.Join(dir, "state"), []byte("0000"), 0o600) }
	readOnly(t, r.Dir)
	r.Templates = New(r.Options)
	if r.find(shapeOf("a")) == nil {
		t.Error("a whole template is not found")
	}
	writable(t, r.Dir)
	if err := spoil(); err != nil {
		t.Fatal(err)
	}
	readOnly(t, r.Dir)
	if r.find(shapeOf("a")) != nil {
		t.Error("a damaged template is found")
	}
	writable(t, r.Dir)
}

// readOnly makes a folder one that nobody can write to, root neither.
func readOnly(t *testing.T, dir string) {
	t.Helper()
	if os.Getuid() != 0 {
		if err := os.Chmod(dir, 0o500); err != nil {
			t.Fatal(err)
		}
		return
	}
	err := errors.Join(unix.Mount(dir, dir, "", unix.MS_BIND, ""), unix.Mount("", dir, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, ""))
	if err != nil {
		t.Fatal(err)
	}
}

func writable(t *testing.T, dir string) {
	t.Helper()
	err := os.Chmod(dir, 0o700)
	if os.Getuid() == 0 {
		err = unix.Unmount(dir, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// The least recently used go when all together take too much, but not the newest.
func TestBudget(t *testing.T) {
	r := newRoom(t)
	r.make(shapeOf("a"))
	size := r.stored()[0].size
	r.Budget = 2*size + size/2
	r.make(shapeOf("b"))
	old := time.Now().Add(-time.Hour)
	for _, image := range []string{"a", "b"} { // b has not been used for longer
		if err := os.Chtimes(filepath.Join(r.find(shapeOf(image)).dir, manifestFile), old, old); err != nil {
			t.Fatal(err)
		}
		old = old.Add(-time.Hour)
	}
	r.make(shapeOf("c"))
	if r.find(shapeOf("b")) != nil || r.find(shapeOf("a")) == nil || r.find(shapeOf("c")) == nil {
		t.Errorf("left: %q", r.left())
	}
	r.Budget = 1
	r.make(shapeOf("d"))
	if names := r.left(); len(names) != 1 || r.find(shapeOf("d")) == nil {
		t.Errorf("with next to no budget: %q", names)
	}
	r.Budget = 0
	if r.find(shapeOf("d")) != nil {
		t.Error("without a budget one is found")
	}
	r.make(shapeOf("e"))
	if names := r.left(); len(names) != 1 {
		t.Errorf("without a budget one was made: %q", names)
	}
}

func TestRetain(t *testing.T) {
	r := newRoom(t)
	r.make(shapeOf("a"))
	r.make(shapeOf("b"))
	if err := r.Retain(func(s Shape) bool { return s.Image != "a" }); err != nil {
		t.Fatal(err)
	}
	if r.find(shapeOf("a")) != nil || r.find(shapeOf("b")) == nil {
		t.Errorf("left: %q", r.left())
	}
	r.Host = "another one"
	if err := r.Retain(func(Shape) bool { return true }); err != nil || len(r.left()) != 0 {
		t.Errorf("of another host %q are left, %v", r.left(), err)
	}
}

// A daemon that is killed in the middle leaves a guest and a folder; the next one ends and removes them.
func TestSweepAfterACrash(t *testing.T) {
	r := newRoom(t)
	id := newID()
	m := r.Makers.Machine(id)
	b := maker{templates: r.Templates, shape: shapeOf("a"), parts: r.parts, machine: m, stage: r.path(".new-" + id)}
	for _, do := range []func(context.Context) error{folder("", b.stage).Do, b.boot, b.save} {
		if err := do(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	r.open()
	if names := r.left(); len(names) != 0 {
		t.Errorf("left: %q", names)
	}
	if _, err := m.Status(t.Context()); err == nil {
		t.Error("the guest runs on")
	}
}

// A file in a template's folder that is none of banger's keeps the folder.
func TestForeignFilesAreLeft(t *testing.T) {
	r := newRoom(t)
	r.make(shapeOf("a"))
	keep := filepath.Join(r.find(shapeOf("a")).dir, "notes")
	if err := os.WriteFile(keep, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := r.Retain(func(Shape) bool { return false }); err == nil {
		t.Error("a folder with somebody's notes in it was removed")
	}
	if _, err := os.Stat(keep); err != nil {
		t.Error(err)
	}
}
