package disk

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"banger/internal/problem"
)

const fullDisk = "BANGER_TEST_FULL_DISK"

// The tests run once more in a mount namespace of their own, where a tmpfs of
// 1 MiB is the disk that gets full. The mount goes with the namespace.
func TestMain(m *testing.M) {
	if dir := os.Getenv(fullDisk); dir != "" {
		if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

func TestFullDisk(t *testing.T) {
	if dir := os.Getenv(fullDisk); dir != "" {
		fillDisk(t, dir)
		return
	}
	cmd := exec.Command("/proc/self/exe", "-test.run=^TestFullDisk$")
	cmd.Env = append(os.Environ(), fullDisk+"="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func fillDisk(t *testing.T, dir string) {
	big := make([]byte, 4<<20)
	_, _ = rand.Read(big)
	src := filepath.Join(t.TempDir(), "src")
	must(t, os.WriteFile(src, big, 0o600))
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	must(t, w.WriteHeader(&tar.Header{Name: "big", Size: int64(len(big))}))
	_, err := w.Write(big)
	must(t, err)
	must(t, w.Close())
	path := filepath.Join(dir, "d")
	for name, fill := range map[string]func(context.Context) error{
		"Blank":   func(ctx context.Context) error { return Blank(ctx, path, 1<<40) },
		"Clone":   func(ctx context.Context) error { return Clone(ctx, src, path) },
		"FromTar": func(ctx context.Context) error { return FromTar(ctx, io.Reader(&b), path, 1<<30) },
	} {
		if err := fill(t.Context()); problem.CodeOf(err) != problem.Exhausted || problem.RemedyOf(err) == "" {
			t.Errorf("%s: got %v (%s), want exhausted, with a remedy", name, err, problem.CodeOf(err))
		}
		onlyFiles(t, dir)
	}
}
