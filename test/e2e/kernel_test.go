package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"banger/api"
	"banger/test/harness"
)

func TestKernelPull(t *testing.T) {
	t.Parallel() // it has a host of its own, and waits more than it works
	h := ownHost(t, true)
	before := mustJSON[api.Kernel](t, h, "kernel", "show", harness.Kernel)
	if before.Options["CONFIG_EXT4_FS"] == "" && before.Options["EXT4_FS"] == "" || len(before.Files) < 3 || !strings.Contains(before.Release, "cloud-amd64") {
		t.Errorf("kernel show: %+v", before)
	}
	must(t, h, "kernel", "pull")
	if again := mustJSON[api.Kernel](t, h, "kernel", "show", harness.Kernel); !again.Created.Equal(before.Created) {
		t.Error("a pull without --force made the kernel anew")
	}
	must(t, h, "kernel", "pull", "--force")
	after := mustJSON[api.Kernel](t, h, "kernel", "show", harness.Kernel)
	if after.Created.Equal(before.Created) {
		t.Error("pull --force did nothing")
	}
	if out := must(t, h, "kernel", "list"); !strings.Contains(out, harness.Kernel) || !strings.Contains(out, after.Release) {
		t.Errorf("kernel list:\n%s", out)
	}
	offers := mustJSON[api.KernelOffers](t, h, "kernel", "list", "--available").Available
	if len(offers) == 0 || offers[0].Release != after.Release || !slices.Equal(offers[0].Kernels, []string{harness.Kernel}) {
		t.Errorf("kernel list --available: %+v, and %s was pulled", offers, after.Release)
	}
	must(t, h, "kernel", "delete", harness.Kernel)
	if out := must(t, h, "kernel", "list", "-q"); out != "" {
		t.Errorf("deleted, and still listed: %q", out)
	}
}

// TestKernelImport makes a kernel of each kind of source, and boots the one that has the longest way.
func TestKernelImport(t *testing.T) {
	t.Parallel() // it has a host of its own, and waits more than it works
	h := ownHost(t, true)
	deb, dir := kernelPackage(t, h)
	must(t, h, "kernel", "import", "from-deb", "--from", deb)
	must(t, h, "kernel", "import", "from-dir", "--from", dir)
	bzimage := glob(t, filepath.Join(dir, "boot", "vmlinuz-*"))
	modules := glob(t, filepath.Join(dir, "lib", "modules", "*"))
	must(t, h, "kernel", "import", "from-bz", "--from", bzimage, "--modules", modules)
	want := mustJSON[api.Kernel](t, h, "kernel", "show", "from-deb")
	for _, name := range []string{"from-dir", "from-bz"} {
		if got := mustJSON[api.Kernel](t, h, "kernel", "show", name); got.Release != want.Release || got.Files["vmlinux"] != want.Files["vmlinux"] {
			t.Errorf("%s differs from the one of the package: %+v", name, got)
		}
	}
	refused(t, h, 1, []string{"from-deb"}, "kernel", "import", "from-deb", "--from", deb)
	out := must(t, h, vmRun("--rm", "--kernel", "from-bz", "--", "uname", "-r")...)
	if strings.TrimSpace(out) != want.Release {
		t.Errorf("the guest runs %q, want %q", out, want.Release)
	}
	must(t, h, append([]string{"vm", "create", "--no-start", "--name", "user", "--kernel", "from-deb"}, small...)...)
	refused(t, h, 1, []string{"user"}, "kernel", "delete", "from-deb")
	must(t, h, "vm", "delete", "user")
	must(t, h, "kernel", "delete", "from-deb")
}

// kernelPackage fetches the kernel's package, by apt as a user would, and unpacks it.
func kernelPackage(t *testing.T, h *harness.Host) (deb, dir string) {
	t.Helper()
	release := mustJSON[api.Kernel](t, h, "kernel", "show", harness.Kernel).Release
	work := t.TempDir()
	onHost(t, work, "apt-get", "download", "-q", "linux-image-"+release)
	deb = glob(t, filepath.Join(work, "*.deb"))
	dir = filepath.Join(work, "unpacked")
	onHost(t, work, "dpkg-deb", "-x", deb, dir)
	return deb, dir
}

func glob(t *testing.T, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: %v %v", pattern, found, err)
	}
	return found[0]
}

// TestKernelThatCannotBoot is refused with the option it lacks.
func TestKernelThatCannotBoot(t *testing.T) {
	t.Parallel() // it has a host of its own, and waits more than it works
	h := ownHost(t, true)
	_, dir := kernelPackage(t, h)
	config := glob(t, filepath.Join(dir, "boot", "config-*"))
	text := strings.ReplaceAll(string(readFile(t, config)), "CONFIG_OVERLAY_FS=m", "# CONFIG_OVERLAY_FS is not set")
	writeFile(t, config, []byte(text))
	if err := os.RemoveAll(glob(t, filepath.Join(dir, "lib", "modules", "*", "kernel", "fs", "overlayfs"))); err != nil {
		t.Fatal(err)
	}
	refused(t, h, 1, []string{"OVERLAY_FS"}, "kernel", "import", "lame", "--from", dir)
	if out := must(t, h, "kernel", "list", "-q"); strings.Contains(out, "lame") {
		t.Errorf("it is listed all the same: %q", out)
	}
}
