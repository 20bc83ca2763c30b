package image

import (
	"archive/tar"
	"bytes"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"banger/internal/problem"
	"banger/internal/store"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// bench is a store of images on the records of a real database, with a host of its own.
type bench struct {
	*Store
	db *store.Store
}

func newBench(t *testing.T) bench {
	t.Helper()
	return benchAt(t, t.TempDir())
}

// benchAt is the bench with everything in one folder, made anew or found again.
func benchAt(t *testing.T, state string) bench {
	t.Helper()
	db, err := store.Open(t.Context(), filepath.Join(state, "state.db"))
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	b := bench{Open(filepath.Join(state, "images"), db), db}
	me, err := user.Current()
	must(t, err)
	b.host.root = tree(t, map[string]string{
		"etc/apt/sources.list": "deb http://mirror.example/debian bookworm main\n",
		"etc/subuid":           me.Username + ":100000:65536\n", "etc/subgid": me.Username + ":100000:65536\n",
	})
	b.host.memory, b.host.disk = filepath.Join(state, "memory"), filepath.Join(state, "disk")
	must(t, os.MkdirAll(b.host.memory, 0o755))
	must(t, os.MkdirAll(b.host.disk, 0o755))
	return b
}

// tree makes a folder with the given files.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		must(t, os.WriteFile(path, []byte(text), 0o644))
	}
	return root
}

// onlyImages fails unless there are just these images, with their files and nothing else.
func (b bench) onlyImages(t *testing.T, names ...string) {
	t.Helper()
	images, err := b.List(t.Context())
	must(t, err)
	var gotNames, gotIDs, wantIDs []string
	for _, img := range images {
		gotNames, wantIDs = append(gotNames, img.Name), append(wantIDs, img.ID)
		must(t, Verify(t.Context(), img))
		if files := list(t, img.ArtifactDir); !slices.Equal(files, []string{manifestFile, rootfsFile}) {
			t.Errorf("image %s has the files %q", img.Name, files)
		}
	}
	gotIDs = list(t, b.dir)
	slices.Sort(wantIDs)
	slices.Sort(gotNames) // those of one second have no order
	if !slices.Equal(gotNames, names) || !slices.Equal(gotIDs, wantIDs) {
		t.Errorf("images %q in %q, want %q in %q", gotNames, gotIDs, names, wantIDs)
	}
	for _, dir := range []string{b.host.memory, b.host.disk} {
		if left := list(t, dir); len(left) > 0 {
			t.Errorf("left in a scratch folder: %q", left)
		}
	}
}

func list(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// fake puts a script in the place of mmdebstrap. $WORK in it is the folder returned; it answers
// the question for a namespace by itself.
func fake(t *testing.T, script string) (work string) {
	t.Helper()
	bin, work := t.TempDir(), t.TempDir()
	text := "#!/bin/sh\n[ \"$1\" = --unshare-helper ] && exit 0\nWORK='" + work + "'\n" + script
	must(t, os.WriteFile(filepath.Join(bin, "mmdebstrap"), []byte(text), 0o755))
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	must(t, os.WriteFile(filepath.Join(work, "rootfs.tar"), rootfs(t), 0o644))
	return work
}

// rootfs is an archive as mmdebstrap makes it, of next to nothing.
func rootfs(t *testing.T) []byte {
	t.Helper()
	return archive(t, []tar.Header{
		{Name: "./", Typeflag: tar.TypeDir, Mode: 0o755},
		{Name: "./etc/", Typeflag: tar.TypeDir, Mode: 0o755},
		{Name: "./etc/hostname", Mode: 0o644, Linkname: "secret-host\n"},
		{Name: "./root/", Typeflag: tar.TypeDir, Mode: 0o700},
		{Name: "./root/.profile", Mode: 0o644, Linkname: "umask 022\n"},
	})
}

// archive makes a tar. The Linkname of a regular file is its content.
func archive(t *testing.T, entries []tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range entries {
		var content string
		if h.Typeflag == tar.TypeReg || h.Typeflag == 0 {
			content, h.Linkname, h.Size = h.Linkname, "", int64(len(h.Linkname))
		}
		must(t, w.WriteHeader(&h))
		_, err := w.Write([]byte(content))
		must(t, err)
	}
	must(t, w.Close())
	return b.Bytes()
}

// debugfs runs a request on a file system and gives what it printed.
func debugfs(t *testing.T, image, request string) string {
	t.Helper()
	cmd := exec.Command("debugfs", "-R", request, image)
	if path, err := exec.LookPath("/usr/sbin/debugfs"); err == nil {
		cmd.Path, cmd.Err = path, nil
	}
	out, err := cmd.Output()
	must(t, err)
	return string(out)
}

// wantProblem fails unless err has the code and says each of the words, the remedy included.
func wantProblem(t *testing.T, err error, code problem.Code, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want %s", code)
	}
	text := err.Error() + "\n" + problem.RemedyOf(err)
	if got := problem.CodeOf(err); got != code {
		t.Errorf("code %s, want %s: %s", got, code, text)
	}
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%q does not say %q", text, w)
		}
	}
}

var climbing = []tar.Header{{Name: "../x", Linkname: "x"}}
