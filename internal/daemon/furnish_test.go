package daemon

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"banger/api"
	"banger/internal/guestlink"
	"banger/internal/image"
	"banger/internal/kernel"
	"banger/internal/model"
	"banger/internal/shim"
	"banger/internal/store"
)

// limit bounds every wait of these tests; none comes near it when all is well.
const limit = time.Minute

// furnish makes an image and a kernel that are good enough for the engine fake, before
// there is a daemon.
func furnish(t *testing.T, o *Options) {
	t.Helper()
	o.agent = func() ([]byte, error) { return []byte("agent"), nil }
	if err := os.MkdirAll(o.Paths.State, 0o700); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(o.Paths.Kernels(), o.Config.DefaultKernel)
	m := kernel.Manifest{Release: "6.1", Files: map[string]kernel.File{}}
	for _, name := range []string{"vmlinux", "modules.ext4"} {
		write(t, filepath.Join(dir, name), "content")
		m.Files[name] = kernel.File{Size: int64(len("content"))}
	}
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "manifest.json"), string(text))

	id := strings.Repeat("ab", 16)
	img := model.Image{ID: id, Name: o.Config.DefaultImage, ArtifactDir: filepath.Join(o.Paths.Images(), id)}
	img.RootfsPath = filepath.Join(img.ArtifactDir, "rootfs.ext4")
	write(t, img.RootfsPath, "content")
	if text, err = json.Marshal(image.Manifest{Format: 1, ID: id, Size: int64(len("content"))}); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(img.ArtifactDir, "manifest.json"), string(text))
	db, err := store.Open(t.Context(), o.Paths.Database())
	if err != nil {
		t.Fatal(err)
	}
	if err := db.UpsertImage(t.Context(), img); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// furnished is a daemon that can start machines. When the test ends, none may be left.
func furnished(t *testing.T) (*instance, Options) {
	t.Helper()
	o := testOptions(testPaths(t))
	furnish(t, &o)
	t.Cleanup(func() { mustBeEmpty(t, o) })
	i := start(t, o)
	t.Cleanup(i.deleteAll)
	return i, o
}

// again is the next daemon in the same folders.
func again(t *testing.T, o Options) *instance {
	t.Helper()
	i := start(t, o)
	t.Cleanup(i.deleteAll)
	return i
}

func (i *instance) deleteAll() {
	if i.stopped {
		return
	}
	for _, v := range get200[api.VMList](i, "/v1/vms").VMs {
		i.call(http.MethodDelete, "/v1/vms/"+v.ID+"?force=true", nil)
	}
}

func mustBeEmpty(t *testing.T, o Options) {
	t.Helper()
	for _, dir := range []string{o.Paths.VMs(), filepath.Dir(o.Paths.MachineRun("id"))} {
		entries, err := os.ReadDir(dir)
		if err != nil && !os.IsNotExist(err) {
			t.Error(err)
		}
		for _, e := range entries {
			t.Errorf("%s is left in %s", e.Name(), dir)
		}
	}
}

// post decodes the plain answer to a POST.
func post200[T any](i *instance, path string, body any) (out T) {
	i.t.Helper()
	resp, text := i.call(http.MethodPost, path, body)
	if resp.StatusCode != http.StatusOK {
		i.t.Fatalf("POST %s: %s %s", path, resp.Status, text)
	}
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		i.t.Fatalf("POST %s: %v in %s", path, err, text)
	}
	return out
}

func (i *instance) create(change func(*api.CreateVM)) api.VM {
	i.t.Helper()
	return post200[api.Started](i, "/v1/vms", small(func(c *api.CreateVM) {
		c.Start = true
		change(c)
	})).VM
}

func named(name string) func(*api.CreateVM) { return func(c *api.CreateVM) { c.Name = name } }

func (i *instance) show(ref string) api.VM { return get200[api.VM](i, "/v1/vms/"+ref) }

// exec runs a command in a guest and gives what it printed.
func exec(t *testing.T, v api.VM, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	conn, err := shim.Guest(ctx, v.Socket)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	exit, err := guestlink.RunExec(ctx, conn, guestlink.Exec{Args: args}, guestlink.IO{Stdout: &out})
	if err != nil || exit.Status() != 0 {
		t.Fatalf("%q: status %d, %v", args, exit.Status(), err)
	}
	return out.String()
}

// detach runs a command whose output goes to the guest's console.
func detach(t *testing.T, v api.VM, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	conn, err := shim.Guest(ctx, v.Socket)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := guestlink.RunExec(ctx, conn, guestlink.Exec{Args: args, Detach: true}, guestlink.IO{}); err != nil {
		t.Fatal(err)
	}
}

func (i *instance) eventually(what string, is func() bool) {
	i.t.Helper()
	for deadline := time.Now().Add(limit); !is(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			i.t.Fatalf("%s: not so after %s", what, limit)
		}
	}
}
