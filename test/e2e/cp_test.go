package e2e

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// write makes a file on the host, with the folders above it.
func write(t *testing.T, path, text string, mode fs.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// wantFiles compares the files below dir, by name and text, with a list; links are given as "-> target".
func wantFiles(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	got := map[string]string{}
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			t.Error(err)
		case d.Type() == fs.ModeSymlink:
			to, _ := os.Readlink(path)
			got[strings.TrimPrefix(path, dir+"/")] = "-> " + to
		case d.Type() == 0:
			got[strings.TrimPrefix(path, dir+"/")] = string(readFile(t, path))
		case !d.IsDir():
			t.Errorf("%s is a %v", path, d.Type())
		}
		return nil
	})
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s holds %q, want %q", dir, got, want)
	}
}

// TestCpPlaces is the table of where things go, there and back, as cp -r and docker cp have it.
func TestCpPlaces(t *testing.T) {
	dir, vm := t.TempDir(), guest(t)
	write(t, filepath.Join(dir, "src/a"), "a", 0o644)
	write(t, filepath.Join(dir, "src/sub/b"), "b", 0o600)
	if err := os.Symlink("sub/b", filepath.Join(dir, "src/link")); err != nil {
		t.Fatal(err)
	}
	cp := func(from, to string) {
		t.Helper()
		must(t, world.host, "vm", "cp", from, to)
	}
	cp(dir+"/src/a", vm+":")                  // into the home of root
	cp(dir+"/src/a", vm+":renamed")           // under another name
	cp(dir+"/src", vm+":/srv")                // into a folder
	cp(dir+"/src/", vm+":/srv/new")           // as a folder
	cp(dir+"/src/.", vm+":/srv/new/merged/")  // its content, as a folder
	cp(dir+"/src/.", vm+":/srv/new/")         // its content, into one that is there
	cp(dir+"/src/link", vm+":/srv/followed")  // what the link leads to
	cp(dir+"/src/sub/b", vm+":/srv/new/link") // in the place of a link
	got := inGuest(t, "sh", "-c", "cd /srv; cat /root/a /root/renamed src/a src/sub/b new/a new/merged/sub/b followed new/link new/sub/b; readlink src/link; stat -c %a,%U src/sub/b; ls -a new")
	if want := "aaabab" + "bbb" + "sub/b\n600,root\n.\n..\na\nlink\nmerged\nsub\n"; got != want {
		t.Errorf("in the guest: %q, want %q", got, want)
	}
	back := filepath.Join(t.TempDir(), "back")
	cp(vm+":/srv/src", back)
	wantFiles(t, back, map[string]string{"a": "a", "sub/b": "b", "link": "-> sub/b"})
	cp(vm+":/srv/src", back)
	cp(vm+":a", back+"/one")
	cp(vm+":/srv/src/.", back+"/src/")
	wantFiles(t, back, map[string]string{
		"a": "a", "sub/b": "b", "link": "-> sub/b", "one": "a", "src/a": "a", "src/sub/b": "b", "src/link": "-> sub/b",
	})
	inGuest(t, "sh", "-c", "rm -r /srv/* /root/a /root/renamed")
}

// TestCpOddFiles: names, kinds and numbers of files that real folders have.
func TestCpOddFiles(t *testing.T) {
	dir, vm := t.TempDir(), guest(t)
	src, back := filepath.Join(dir, "odd"), filepath.Join(dir, "back")
	want := map[string]string{}
	for i := range 10_000 {
		want[fmt.Sprintf("many/%d/%d", i%100, i)] = fmt.Sprint(i)
	}
	for _, name := range []string{"not utf-8 \xff\xfe", "new\nline", "-rf", "*", "Grüße", strings.Repeat("n", 255), "deep/" + strings.Repeat("d/", 100) + "x"} {
		want[name] = name
	}
	for name, text := range want {
		write(t, filepath.Join(src, name), text, 0o644)
	}
	if err := unix.Mkfifo(filepath.Join(src, "pipe"), 0o644); err != nil {
		t.Fatal(err)
	}
	r := banger(t, "vm", "cp", src, vm+":/srv/odd")
	if r.Exit != 0 || r.Stdout != "" || !strings.Contains(r.Stderr, "left out 1:") {
		t.Fatalf("exit %d, %q, %s", r.Exit, r.Stdout, r.Stderr)
	}
	must(t, world.host, "vm", "cp", vm+":/srv/odd", back)
	wantFiles(t, back, want)
	inGuest(t, "rm", "-r", "/srv/odd")
}

// TestCpTakesNothingDangerous: what a guest can put in a folder, and what of it arrives.
func TestCpTakesNothingDangerous(t *testing.T) {
	dir, vm := t.TempDir(), guest(t)
	inGuest(t, "sh", "-c", `mkdir -p /srv/bad && cd /srv/bad && cp /bin/true suid && chmod 6755 suid && mknod disk b 8 0 && mkfifo pipe &&
		ln -s /etc/passwd link && ln -s .. up && chown nobody suid && touch -d 2001-02-03T04:05:06.789Z old && chmod 600 old && ln old hard`)
	r := banger(t, "vm", "cp", vm+":/srv/bad", dir)
	if r.Exit != 0 || !strings.Contains(r.Stderr, "left out 2:") {
		t.Errorf("exit %d, %s", r.Exit, r.Stderr)
	}
	for name, want := range map[string]string{"suid": "-rwxr-xr-x", "link": "Lrwxrwxrwx", "up": "Lrwxrwxrwx", "old": "-rw-------", "hard": "-rw-------"} {
		info, err := os.Lstat(filepath.Join(dir, "bad", name))
		if err != nil || info.Mode().String() != want || int(info.Sys().(*syscall.Stat_t).Uid) != os.Getuid() || info.Sys().(*syscall.Stat_t).Nlink != 1 {
			t.Errorf("%s: %v (%v), want %s of our own", name, info, err, want)
		}
	}
	if names, _ := os.ReadDir(filepath.Join(dir, "bad")); len(names) != 5 {
		t.Errorf("it holds %v", names)
	}
	must(t, world.host, "vm", "cp", "--preserve", vm+":/srv/bad/old", filepath.Join(dir, "kept"))
	moment := time.Date(2001, 2, 3, 4, 5, 6, 789_000_000, time.UTC)
	if info, err := os.Stat(filepath.Join(dir, "kept")); err != nil || !info.ModTime().Equal(moment) || info.Mode() != 0o600 {
		t.Errorf("--preserve: %v of %v, %v", info.Mode(), info.ModTime(), err)
	}
	must(t, world.host, "vm", "cp", "--preserve", filepath.Join(dir, "kept"), vm+":/srv/bad/again")
	if got := inGuest(t, "stat", "-c", "%a %Y", "/srv/bad/again"); got != fmt.Sprintf("600 %d\n", moment.Unix()) {
		t.Errorf("--preserve into the guest: %q", got)
	}
	inGuest(t, "rm", "-r", "/srv/bad")
}

// TestCpSparse copies a gigabyte of which little is there, both ways.
func TestCpSparse(t *testing.T) {
	dir, vm := t.TempDir(), guest(t)
	src, back := filepath.Join(dir, "disk"), filepath.Join(dir, "back")
	write(t, src, "begin", 0o644)
	if err := os.Truncate(src, 1<<30); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(src, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	f.WriteAt([]byte("middle"), 600<<20)
	f.Close()
	must(t, world.host, "vm", "cp", src, vm+":/srv/disk")
	if got := inGuest(t, "sh", "-c", "stat -c '%s' /srv/disk; stat -c %b /srv/disk | awk '{ print ($1 < 2048) }'; tail -c +$((600*1048576+1)) /srv/disk | head -c 6"); got != "1073741824\n1\nmiddle" {
		t.Errorf("in the guest: %q", got)
	}
	must(t, world.host, "vm", "cp", vm+":/srv/disk", back)
	info, err := os.Stat(back)
	if err != nil || info.Size() != 1<<30 || info.Sys().(*syscall.Stat_t).Blocks > 2048 {
		t.Fatalf("back on the host: %+v, %v", info, err)
	}
	if f, err = os.Open(back); err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for at, want := range map[int64]string{0: "begin", 600 << 20: "middle"} {
		got := make([]byte, len(want))
		if f.ReadAt(got, at); string(got) != want {
			t.Errorf("at %d: %q, want %q", at, got, want)
		}
	}
	inGuest(t, "rm", "/srv/disk")
}

func TestCpTarStreams(t *testing.T) {
	vm := guest(t)
	var in bytes.Buffer
	w := tar.NewWriter(&in)
	w.WriteHeader(&tar.Header{Name: "./d/f", Mode: 0o640, Size: 4, Typeflag: tar.TypeReg})
	w.Write([]byte("text"))
	w.WriteHeader(&tar.Header{Name: "d/same", Linkname: "d/f", Typeflag: tar.TypeLink})
	w.Close()
	in.Write(make([]byte, 10<<10)) // as tar pads
	inGuest(t, "mkdir", "/srv/tar")
	if r := run(t, world.host.Banger("vm", "cp", "-", vm+":/srv/tar").Input(&in)); r.Exit != 0 {
		t.Fatalf("exit %d, %s", r.Exit, r.Stderr)
	}
	if got := inGuest(t, "sh", "-c", "cd /srv/tar/d; cat f same; stat -c %h,%a f"); got != "texttext2,640\n" {
		t.Errorf("in the guest: %q", got)
	}
	out := tar.NewReader(strings.NewReader(must(t, world.host, "vm", "cp", vm+":/srv/tar/d", "-")))
	for _, want := range []string{"d/", "d/f", "d/same"} {
		if hdr, err := out.Next(); err != nil || hdr.Name != want || hdr.Uid != os.Getuid() {
			t.Errorf("got %+v, %v; want %s", hdr, err, want)
		}
	}
	cut := world.host.Banger("vm", "cp", "-", vm+":/srv/tar").Input(strings.NewReader("this is no tar stream"))
	wantRefusal(t, run(t, cut), 1, []string{"in the guest", "the tar stream ends too early"}, cut.Args)
	inGuest(t, "rm", "-r", "/srv/tar")
}

// TestCpRefusals: what cannot be done is said plainly, with the side it is on, and nothing is left.
func TestCpRefusals(t *testing.T) {
	dir, vm := t.TempDir(), guest(t)
	here := filepath.Join(dir, "here")
	write(t, here, "here", 0o644)
	write(t, filepath.Join(dir, "folder/f"), "f", 0o644)
	for _, c := range []struct {
		from, to string
		status   int
		words    []string
	}{
		{vm + ":/no/such", dir, 1, []string{"in the guest", "/no/such", "no such file"}},
		{filepath.Join(dir, "none"), vm + ":", 1, []string{"none", "no such file"}},
		{vm + ":/etc/passwd", dir + "/no/such/", 1, []string{"no such folder"}},
		{vm + ":/etc/passwd", dir + "/no/such", 1, []string{"/no", "no such file"}},
		{here, vm + ":/no/such/place", 1, []string{"in the guest", "/no/such", "no such file"}},
		{dir + "/folder", vm + ":/etc/passwd", 1, []string{"in the guest", "it is no folder"}},
		{vm + ":/etc", here, 1, []string{"it is no folder"}},
		{vm + ":/dev/vda", dir, 1, []string{"neither a file nor a folder"}},
		{here, vm + ":/dev/null", 1, []string{"device"}},
		{here, vm + ":/proc/nothing", 1, []string{"in the guest", "/proc"}},
		{here, "no-such-vm:", 1, []string{"no-such-vm"}},
		{vm + ":/a", vm + ":/b", 2, []string{"both sides"}},
	} {
		refused(t, world.host, c.status, c.words, "vm", "cp", c.from, c.to)
	}
	wantFiles(t, dir, map[string]string{"here": "here", "folder/f": "f"})
}
