package image

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"banger/internal/problem"
	"banger/internal/progress"
)

// TestBuildWithMmdebstrap has the real mmdebstrap and the real apt build from a
// real archive of one small package. What the default packages make is for the tests of the
// whole to see.
func TestBuildWithMmdebstrap(t *testing.T) {
	t.Setenv("http_proxy", "")
	b := newBench(t)
	for _, dir := range []string{filepath.Dir(filepath.Dir(b.dir)), filepath.Dir(b.dir)} {
		must(t, os.Chmod(dir, 0o755)) // a plain user's namespace must get to the scratch folder
	}
	b.host.root = tree(t, map[string]string{
		"etc/apt/sources.list": "deb [trusted=yes] " + debianArchive(t) + "/debian bookworm main\n",
		"etc/subuid":           read(t, b.host.root, "etc/subuid"), "etc/subgid": read(t, b.host.root, "etc/subgid"),
	})
	b.host.variant, b.host.base = "extract", []string{"greeting"}
	var phases []string
	img, err := b.Build(t.Context(), Request{Name: "tiny"}, func(e progress.Event) {
		if len(phases) == 0 || phases[len(phases)-1] != e.Phase {
			phases = append(phases, e.Phase)
		}
	})
	if err != nil && b.host.uid != 0 {
		wantProblem(t, err, problem.Unavailable, "no user namespace") // this user has none; the rest is for those who have
		b.onlyImages(t)
		return
	}
	must(t, err)
	b.onlyImages(t, "tiny")
	want := "read the package lists, fetch the base system, unpack the base system, write the root file system, take the checksum"
	if got := strings.Join(phases, ", "); got != want {
		t.Errorf("phases %s, want %s", got, want)
	}
	if got := debugfs(t, img.RootfsPath, "stat /usr/bin/greet"); !strings.Contains(got, "Mode:  04755") || !strings.Contains(got, "User:     0   Group:     0") {
		t.Errorf("got %s", got)
	}
	for name, want := range map[string]string{
		"/usr/bin/greet": "#!/bin/sh\n", "/etc/hostname": "", "/usr/share/doc/greeting/copyright": "free\n",
	} {
		if got := debugfs(t, img.RootfsPath, "cat "+name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	for _, dir := range []string{"/usr/share/doc/greeting", "/etc/apt/apt.conf.d", "/etc/dpkg/dpkg.cfg.d", "/dev"} {
		if got := debugfs(t, img.RootfsPath, "ls "+dir); strings.Contains(got, "99mmdebstrap") || strings.Contains(got, "README") || strings.Contains(got, "null") {
			t.Errorf("%s has %s", dir, got)
		}
	}

	_, err = b.Build(t.Context(), Request{Name: "more", Include: []string{"nosuchpackage"}}, nil)
	wantProblem(t, err, problem.Invalid, "Unable to locate package nosuchpackage")
	_, err = b.Build(t.Context(), Request{Name: "more", Suite: "nosuch"}, nil)
	wantProblem(t, err, problem.Invalid, "nosuch", "404", "whether the mirror has that suite")
	b.onlyImages(t, "tiny")
}

// debianArchive serves an archive with one package in one suite and gives its address.
func debianArchive(t *testing.T) string {
	t.Helper()
	pkg := tree(t, map[string]string{
		"DEBIAN/control": control, "usr/bin/greet": "#!/bin/sh\n",
		"usr/share/doc/greeting/copyright": "free\n", "usr/share/doc/greeting/README": "words\n",
	})
	must(t, os.Chmod(filepath.Join(pkg, "usr/bin/greet"), 0o755|os.ModeSetuid))
	root := t.TempDir()
	lists := filepath.Join(root, "debian/dists/bookworm/main/binary-amd64")
	must(t, os.MkdirAll(lists, 0o755))
	out, err := exec.Command("dpkg-deb", "--root-owner-group", "--build", pkg, filepath.Join(root, "debian/greeting.deb")).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	deb := read(t, root, "debian/greeting.deb")
	index := fmt.Sprintf("%sFilename: greeting.deb\nSize: %d\nSHA256: %x\n", control, len(deb), sha256.Sum256([]byte(deb)))
	release := fmt.Sprintf("Suite: bookworm\nCodename: bookworm\nComponents: main\nArchitectures: amd64\nSHA256:\n %x %d main/binary-amd64/Packages\n",
		sha256.Sum256([]byte(index)), len(index))
	must(t, os.WriteFile(filepath.Join(lists, "Packages"), []byte(index), 0o644))
	must(t, os.WriteFile(filepath.Join(root, "debian/dists/bookworm/Release"), []byte(release), 0o644))
	server := httptest.NewServer(http.FileServer(http.Dir(root)))
	t.Cleanup(server.Close)
	return server.URL
}

const control = `Package: greeting
Version: 1
Architecture: amd64
Maintainer: Nobody <nobody@example.org>
Description: says hello
`
