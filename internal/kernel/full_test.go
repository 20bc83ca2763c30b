package kernel

import (
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"banger/internal/problem"
)

const fullDisk = "BANGER_TEST_FULL_DISK"

// TestMain mounts a disk of 1 MiB for TestFullDisk, which runs itself again in a mount
// namespace of its own.
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
		importOnto(t, dir)
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

func importOnto(t *testing.T, dir string) {
	big := make([]byte, 2<<20)
	_, _ = rand.Read(big)
	s := Open(filepath.Join(dir, "kernels"), dir)
	files := with(goodFiles(), "lib/modules/"+testRelease+"/kernel/big.ko", string(big))
	for _, from := range []string{
		writeTree(t, t.TempDir(), files),
		writeFile(t, "k.deb", debOf("linux-image-test", "1", "", tarOf(files))),
	} {
		_, err := s.Import(t.Context(), "mine", from, "", nil)
		wantProblem(t, err, problem.Exhausted, "no space left on device", "free some room", s.dir)
		nothingLeft(t, s.dir)
	}
	_, err := s.Import(t.Context(), "mine", writeTree(t, t.TempDir(), goodFiles()), "", nil)
	must(t, err) // there is room again
}
