package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"banger/api"
	"banger/test/harness"
)

// TestImageBuildOnceForTwo: two builders of one name; one builds, the other waits
// and uses it. The image has what was asked for, runs, and can be deleted.
func TestImageBuildOnceForTwo(t *testing.T) {
	t.Parallel() // it has a host of its own, and waits more than it works
	h := ownHost(t, true)
	results := make([]harness.Result, 2)
	var both sync.WaitGroup
	for i := range results {
		both.Go(func() { results[i] = h.Banger("image", "build", "with-tree", "--include", "tree").Run(t.Context()) })
	}
	both.Wait()
	for i, r := range results {
		if r.Exit != 0 || !strings.Contains(r.Stderr, "install packages") {
			t.Errorf("builder %d: exit %d, no progress or another failure: %s", i, r.Exit, r.Stderr)
		}
	}
	images := mustJSON[api.ImageList](t, h, "image", "list").Images
	if len(images) != 2 {
		t.Fatalf("%d images, want the default and one more: %+v", len(images), images)
	}
	folders, err := os.ReadDir(filepath.Join(h.State, "images"))
	if err != nil || len(folders) != 2 {
		t.Errorf("%d folders of images: %v %v", len(folders), folders, err)
	}
	if out := must(t, h, vmRun("--rm", "--image", "with-tree", "--", "tree", "--version")...); !strings.HasPrefix(out, "tree v") {
		t.Errorf("tree says %q", out)
	}
	image := mustJSON[api.Image](t, h, "image", "show", "with-tree")
	if image.Size < 100<<20 || image.Size > 4<<30 || !image.Managed {
		t.Errorf("image show: %+v", image)
	}
	refused(t, h, 1, []string{"with-tree"}, "image", "build", "with-tree")
	must(t, h, "image", "delete", "with-tree")
	if folders, _ := os.ReadDir(filepath.Join(h.State, "images")); len(folders) != 1 {
		t.Errorf("files of a deleted image are left: %v", folders)
	}
}

// TestImageBuildCanceled: Ctrl-C in the middle leaves no image, no file and no process.
func TestImageBuildCanceled(t *testing.T) {
	t.Parallel() // it has a host of its own, and waits more than it works
	h := ownHost(t, false)
	must(t, h, "daemon", "start")
	var said lockedBuffer
	call := h.Banger("image", "build", "half")
	call.Stderr = &said
	p, err := call.Start()
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "mmdebstrap runs", func() bool { return building(t, h) })
	p.Signal(syscall.SIGINT)
	if r := p.Wait(t.Context()); r.Exit == 0 {
		t.Errorf("a cancelled build ended with 0: %s", said.String())
	}
	wantNoImage(t, h)
}

// building reports whether a builder works for the host's daemon.
func building(t *testing.T, h *harness.Host) bool {
	t.Helper()
	for _, line := range harness.DescendantsOf(status(t, h).PID) {
		if strings.Contains(line, "mmdebstrap") {
			return true
		}
	}
	return false
}

func wantNoImage(t *testing.T, h *harness.Host) {
	t.Helper()
	if out := must(t, h, "image", "list", "-q"); out != "" {
		t.Errorf("images are left: %q", out)
	}
	eventually(t, "no builder runs", func() bool { return !building(t, h) })
	for _, dir := range []string{filepath.Join(h.State, "images"), h.Tmp} {
		if left, _ := os.ReadDir(dir); len(left) != 0 {
			t.Errorf("left in %s: %v", dir, left)
		}
	}
}

// TestImageBuildFails says what failed, with the last lines of the builder's log.
func TestImageBuildFails(t *testing.T) {
	t.Parallel() // it has a host of its own, and waits more than it works
	h := ownHost(t, false)
	refused(t, h, 1, []string{"no-such-package-of-debian"}, "image", "build", "odd", "--include", "no-such-package-of-debian")
	refused(t, h, 1, []string{"no-such-suite"}, "image", "build", "odd", "--suite", "no-such-suite")
	wantNoImage(t, h)
}

// TestDiskFull: a host disk that fills up during a build or a kernel's making is named as the cause.
func TestDiskFull(t *testing.T) {
	t.Parallel() // it has a host of its own, and waits more than it works
	if os.Getuid() != 0 {
		return // only root can have a small file system to fill; package disk tests the same without one
	}
	h := ownHost(t, false)
	mountTmpfs(t, h.State, "40m")
	r := run(t, h.Banger("kernel", "pull"))
	wantRefusal(t, r, 1, []string{"no space"}, []string{"kernel pull, on a full disk"})
	r = run(t, h.Banger("image", "build", "big"))
	wantRefusal(t, r, 1, []string{"no space"}, []string{"image build, on a full disk"})
	if out := must(t, h, "kernel", "list", "-q"); out != "" {
		t.Errorf("kernels are left: %q", out)
	}
	wantNoImage(t, h)
	must(t, h, "daemon", "stop")
}
