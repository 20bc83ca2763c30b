package snapshot

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"banger/internal/machine"
	"banger/internal/shim"
	"banger/internal/shim/server"
	"banger/internal/vmm/fake"
	"banger/internal/vmm/host"
)

// The test program is its own shim, and its own fake guest.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "shim":
			if server.Run(context.Background(), os.Args[2], os.NewFile(shim.ReportFD, "report")) != nil {
				os.Exit(1)
			}
			os.Exit(0)
		case fake.Role:
			os.Exit(fake.RunGuest(os.Args[2:]))
		}
	}
	os.Exit(m.Run())
}

// room is templates on the fake engine.
type room struct {
	*Templates
	t     *testing.T
	dir   string
	parts Parts
	log   lockedText
}

type lockedText struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lockedText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func newRoom(t *testing.T) *room {
	t.Helper()
	return roomAt(t, t.TempDir())
}

// roomAt is a room in a folder, made anew or found again.
func roomAt(t *testing.T, dir string) *room {
	t.Helper()
	r := &room{t: t, dir: dir}
	file := filepath.Join(r.dir, "part")
	if err := os.WriteFile(file, []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.parts = Parts{Kernel: file, Initramfs: file, Rootfs: file, Modules: file}
	r.open()
	t.Cleanup(func() { r.Close() })
	return r
}

// open is a daemon's start on what there is.
func (r *room) open() {
	r.t.Helper()
	r.Templates = New(Options{
		Dir: filepath.Join(r.dir, "templates"), Budget: 1 << 30, Host: "this one",
		Makers: r.machines("making"), Log: slog.New(slog.NewTextHandler(&r.log, nil)),
	})
	if err := r.Sweep(r.t.Context(), func(Shape) bool { return true }); err != nil {
		r.t.Fatal(err)
	}
}

func (r *room) machines(name string) *machine.Host {
	self, err := os.Executable()
	if err != nil {
		r.t.Fatal(err)
	}
	return &machine.Host{
		State: filepath.Join(r.dir, name), Run: filepath.Join(r.dir, name+"-run"), Blank: filepath.Join(r.dir, "blank"),
		Shim: []string{self, "shim"},
	}
}

// shapeOf is a small one of an image.
func shapeOf(image string) Shape {
	return Shape{Image: image, Engine: host.Fake, VCPUs: 1, MemoryMiB: 128, System: 64 << 20, Work: 64 << 20}
}

func (r *room) make(shape Shape) {
	r.t.Helper()
	if err := r.Make(r.t.Context(), shape, r.parts, nil); err != nil {
		r.t.Fatal(err)
	}
}

// find gives the template of a shape, nil when there is none.
func (r *room) find(shape Shape) *Template {
	r.t.Helper()
	t, err := r.Find(r.t.Context(), shape)
	if err != nil {
		r.t.Fatal(err)
	}
	return t
}

// left lists what is in the folders of templates and their makers.
func (r *room) left() (names []string) {
	for _, dir := range []string{"templates", "making"} {
		entries, _ := os.ReadDir(filepath.Join(r.dir, dir))
		for _, e := range entries {
			names = append(names, e.Name())
		}
	}
	return names
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for: %s", what)
		}
	}
}
