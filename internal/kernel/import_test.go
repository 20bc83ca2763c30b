package kernel

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"banger/internal/problem"
	"banger/internal/progress"
)

func newStore(t testing.TB) *Store {
	t.Helper()
	dir := t.TempDir()
	return Open(filepath.Join(dir, "kernels"), filepath.Join(dir, "cache"))
}

// checkGood checks a kernel that was made of goodFiles.
func checkGood(t *testing.T, k Kernel) {
	t.Helper()
	if k.Release != testRelease || k.Options["VIRTIO_BLK"] != "m" || k.Options["PVH"] != "y" {
		t.Errorf("got %+v", k.Manifest)
	}
	if want := []string{"virtio_ring.ko", "virtio.ko", "virtio_blk.ko", "overlay.ko"}; !slices.Equal(k.Boot, want) {
		t.Errorf("boot modules %q, want %q", k.Boot, want)
	}
	for i, path := range k.BootModules() {
		b, err := os.ReadFile(path)
		if err != nil || !bytes.Contains(b, []byte("vermagic="+testRelease)) {
			t.Errorf("%s: %q, %v", k.Boot[i], b, err)
		}
	}
	if b, err := os.ReadFile(k.VMLinux()); err != nil || !bytes.HasPrefix(b, []byte("\x7fELF")) {
		t.Errorf("vmlinux: %v", err)
	}
	if got := fileOnDisk(t, k.ModulesDisk(), "/"+testRelease+"/modules.dep.bin"); got != "made by depmod" {
		t.Errorf("modules.dep.bin on the modules disk: %q", got)
	}
	must(t, k.Verify(t.Context()))
}

func TestImportDeb(t *testing.T) {
	files := goodFiles()
	newer := map[string]string{} // as Debian's packages from trixie on
	for name, text := range files {
		if filepath.Dir(name) != "boot" {
			name = "usr/" + name
		}
		newer[name] = text
	}
	for name, files := range map[string]map[string]string{"lib": files, "usr-lib": newer} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			deb := writeFile(t, "k.deb", debOf("linux-image-test", "6.1.0-1", "", tarOf(files)))
			k, err := s.Import(t.Context(), "mine", deb, "", nil)
			must(t, err)
			checkGood(t, k)
			if k.Source != deb || k.Version != "6.1.0-1" {
				t.Errorf("source %q, version %q", k.Source, k.Version)
			}
			nothingLeft(t, s.dir, "mine")
		})
	}
}

func TestImportFolder(t *testing.T) {
	unpacked := goodFiles()
	flat := map[string]string{"vmlinuz": unpacked["boot/vmlinuz-"+testRelease], "config-" + testRelease: goodConfig()}
	rpm := map[string]string{}
	modules := "lib/modules/" + testRelease + "/"
	for name, text := range goodFiles() {
		if filepath.Dir(name) != "boot" {
			flat[name], rpm[name] = text, text
		}
	}
	rpm[modules+"vmlinuz"], rpm[modules+"config"] = unpacked["boot/vmlinuz-"+testRelease], goodConfig()
	for name, files := range map[string]map[string]string{"as in a package": unpacked, "flat": flat, "as in an RPM package": rpm} {
		t.Run(name, func(t *testing.T) {
			dir := writeTree(t, t.TempDir(), files)
			must(t, os.Symlink("/usr/src", filepath.Join(dir, "lib/modules", testRelease, "build")))
			k, err := newStore(t).Import(t.Context(), "mine", dir, "", nil)
			must(t, err)
			checkGood(t, k)
		})
	}
}

func TestImportImage(t *testing.T) {
	dir := writeTree(t, t.TempDir(), goodFiles())
	elf := elfKernel(true)
	image := filepath.Join(dir, "boot/vmlinuz-"+testRelease)
	must(t, os.WriteFile(image, bzImage(pack(t, "lz4", elf), len(elf), true), 0o644))
	for _, modules := range []string{dir, filepath.Join(dir, "lib/modules"), filepath.Join(dir, "lib/modules", testRelease)} {
		k, err := newStore(t).Import(t.Context(), "mine", image, modules, nil)
		must(t, err)
		checkGood(t, k)
	}
}

func TestImportImageThatNeedsNoModules(t *testing.T) {
	var traces []string
	for _, o := range options {
		traces = append(traces, o.trace)
	}
	k, err := newStore(t).Import(t.Context(), "mine", writeFile(t, "vmlinux", elfKernel(true, traces...)), "", nil)
	must(t, err)
	if len(k.BootModules()) != 0 || k.Options["OVERLAY_FS"] != "y" {
		t.Errorf("got %+v", k.Manifest)
	}
	if got := fileOnDisk(t, k.ModulesDisk(), "/"+testRelease+"/modules.dep"); got != "" {
		t.Errorf("its modules disk has a modules.dep: %q", got)
	}
}

func TestImportRefuses(t *testing.T) {
	modules := "lib/modules/" + testRelease + "/"
	image := "boot/vmlinuz-" + testRelease
	for name, c := range map[string]struct {
		files map[string]string
		words string
	}{
		"no kernel":               {with(goodFiles(), image, ""), "holds no kernel"},
		"two kernels":             {with(goodFiles(), "boot/vmlinuz-2", "x"), "several kernels"},
		"no proper kernel":        {with(goodFiles(), image, "hello"), "neither a bzImage"},
		"a kernel without PVH":    {with(goodFiles(), image, string(elfKernel(false))), "lacks CONFIG_PVH"},
		"an option lacking":       {with(goodFiles(), "boot/config-"+testRelease, "CONFIG_ACPI=y\n"), "lacks CONFIG_BLK_DEV_INITRD"},
		"a module lacking":        {with(goodFiles(), modules+"kernel/fs/overlay.ko", ""), "module overlay is missing"},
		"a dependency lacking":    {with(goodFiles(), modules+"kernel/virtio_ring.ko", ""), "virtio_ring cannot be read"},
		"another kernel's module": {with(goodFiles(), modules+"kernel/fs/overlay.ko", "vermagic=6.2 "), "overlay was not built for"},
		"another modules.dep":     {with(goodFiles(), modules+"modules.dep", "kernel/fs/overlay.ko: ../../x.ko\n"), "modules.dep"},
		"nothing":                 {map[string]string{"etc/passwd": "x"}, "holds no kernel"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			for _, from := range []string{
				writeTree(t, t.TempDir(), c.files),
				writeFile(t, "k.deb", debOf("linux-image-test", "1", "", tarOf(c.files))),
			} {
				_, err := s.Import(t.Context(), "mine", from, "", nil)
				wantProblem(t, err, problem.Invalid, c.words, `import kernel "mine" from `+from)
			}
			nothingLeft(t, s.dir)
		})
	}
}

func TestImportRefusesArguments(t *testing.T) {
	s := newStore(t)
	dir := writeTree(t, t.TempDir(), goodFiles())
	image := filepath.Join(dir, "boot/vmlinuz-"+testRelease)
	for _, c := range []struct{ name, from, modules, words string }{
		{"Bad Name", dir, "", "cannot be a name"},
		{"mine", "boot/vmlinuz", "", "no absolute path"},
		{"mine", image, "modules", "no absolute path"},
		{"mine", filepath.Join(dir, "missing"), "", "cannot be read"},
		{"mine", "/dev/null", "", "neither a file nor a folder"},
		{"mine", image, "", "module virtio_blk is missing"},
		{"mine", image, t.TempDir(), "no modules for its release " + testRelease},
		{"mine", writeFile(t, "x.deb", []byte("!<arch>\nbut then nothing of the kind")), "", "dpkg-deb"},
	} {
		_, err := s.Import(t.Context(), c.name, c.from, c.modules, nil)
		if err == nil || !bytes.Contains([]byte(err.Error()), []byte(c.words)) {
			t.Errorf("%s from %s with %q: got %v, want %q", c.name, c.from, c.modules, err, c.words)
		}
	}
	nothingLeft(t, s.dir)
	_, err := s.Import(t.Context(), "mine", dir, "", nil)
	must(t, err)
	_, err = s.Import(t.Context(), "mine", "/missing", "", nil) // refused before anything is read
	wantProblem(t, err, problem.Taken, "mine", "banger kernel delete mine")
}

func TestImportOfAHostilePackage(t *testing.T) {
	for name, c := range map[string]struct {
		entry tar.Header
		words string
	}{
		"a name that leads out": {tar.Header{Name: "./lib/modules/../../../escaped", Size: 1}, "improper name"},
		"an absolute name":      {tar.Header{Name: "boot/vmlinuz-/../../../escaped", Size: 1}, "improper name"},
		"one huge file":         {tar.Header{Name: "lib/modules/x", Size: maxTree + 1}, "more than 4 GiB"},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			w := tar.NewWriter(&b)
			c.entry.Mode = 0o644
			must(t, w.WriteHeader(&c.entry))
			_, err := w.Write([]byte("x"))
			must(t, err)
			s := newStore(t)
			_, err = s.Import(t.Context(), "mine", writeFile(t, "k.deb", debOf("x", "1", "", b.Bytes())), "", nil)
			wantProblem(t, err, problem.Invalid, c.words)
			nothingLeft(t, s.dir)
		})
	}
	t.Run("links", func(t *testing.T) {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		must(t, w.WriteHeader(&tar.Header{Name: "lib/modules/" + testRelease, Typeflag: tar.TypeSymlink, Linkname: "/etc"}))
		must(t, w.WriteHeader(&tar.Header{Name: "boot/config-x", Typeflag: tar.TypeLink, Linkname: "/etc/shadow"}))
		must(t, w.Flush())
		s := newStore(t)
		k, err := s.Import(t.Context(), "mine", writeFile(t, "k.deb", debOf("x", "1", "", append(b.Bytes(), tarOf(goodFiles())...))), "", nil)
		must(t, err)
		checkGood(t, k)
	})
}

func TestImportFromAFolderWithALinkOutOfIt(t *testing.T) {
	outside := writeFile(t, "secret", elfKernel(true))
	dir := writeTree(t, t.TempDir(), with(goodFiles(), "boot/vmlinuz-"+testRelease, ""))
	must(t, os.Symlink(outside, filepath.Join(dir, "boot/vmlinuz-"+testRelease)))
	_, err := newStore(t).Import(t.Context(), "mine", dir, "", nil)
	wantProblem(t, err, problem.Invalid, "is no file")
}

func TestImportCancelledLeavesNothing(t *testing.T) {
	s := newStore(t)
	dir := writeTree(t, t.TempDir(), goodFiles())
	ctx, cancel := context.WithCancel(t.Context())
	_, err := s.Import(ctx, "mine", dir, "", func(e progress.Event) {
		if e.Phase == "unpack kernel mine" {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want canceled", err)
	}
	nothingLeft(t, s.dir)
}
