package archive

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// entry is one of a stream that Pack would never make.
type entry struct {
	tar.Header
	text string
}

func file(name, text string) entry { return entry{tar.Header{Name: name, Mode: 0o644}, text} }

func dir(name string) entry {
	return entry{tar.Header{Name: name + "/", Typeflag: tar.TypeDir, Mode: 0o755}, ""}
}

func link(kind byte, name, to string) entry {
	return entry{tar.Header{Name: name, Typeflag: kind, Linkname: to}, ""}
}

func stream(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var wire bytes.Buffer
	w := tar.NewWriter(&wire)
	for _, e := range entries {
		if e.Typeflag == 0 {
			e.Typeflag = tar.TypeReg
		}
		e.Size = int64(len(e.text))
		if err := w.WriteHeader(&e.Header); err != nil {
			t.Fatal(err)
		}
		w.Write([]byte(e.text))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return wire.Bytes()
}

// field is a folder to copy to, with something outside of it that must stay as it is.
func field(t *testing.T) (target string, untouched func()) {
	t.Helper()
	top := t.TempDir()
	outside := filepath.Join(top, "outside")
	if err := os.MkdirAll(filepath.Join(outside, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(outside, "precious"), []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := describe(t, outside, true)
	return filepath.Join(top, "target"), func() {
		t.Helper()
		wantSame(t, before, describe(t, outside, true))
		names, err := os.ReadDir(top)
		if err != nil || len(names) > 2 {
			t.Errorf("beside the target there are %v (%v)", names, err)
		}
	}
}

// TestNothingLeavesTheFolder is the table of ways out that a guest could try.
func TestNothingLeavesTheFolder(t *testing.T) {
	for _, c := range []struct {
		want    string
		entries []entry
	}{
		{"the name leads out", []entry{file("../outside/precious", "bad")}},
		{"the name leads out", []entry{file("a/../../outside/precious", "bad")}},
		{"the name leads out", []entry{file("/etc/bad", "bad")}},
		{"the name leads out", []entry{dir(".."), file("../bad", "bad")}},
		{"the name leads out of", []entry{dir("../outside/new")}},
		{"the name leads out of", []entry{link(tar.TypeSymlink, "../bad", "x")}},
		{"is no folder", []entry{link(tar.TypeSymlink, "l", "../outside"), file("l/precious", "bad")}},
		{"it is no folder", []entry{link(tar.TypeSymlink, "l", "../outside"), file("l/sub/bad", "bad")}},
		{"something else than", []entry{link(tar.TypeSymlink, "l", "../outside"), dir("l"), file("l/precious", "bad")}},
		{"it is no folder", []entry{dir("d"), link(tar.TypeSymlink, "l", "d"), file("l/x", "even inside")}},
		{"there is a folder", []entry{dir("d"), link(tar.TypeSymlink, "d", "../outside"), file("d/precious", "bad")}},
		{"there is a folder of", []entry{dir("d"), file("d/x", "x"), file("d", "bad")}},
		{"no folder, and", []entry{file("f", "x"), file("f/x", "bad")}},
		{"else than a folder", []entry{file("f", "x"), dir("f")}},
		{"file name too long", []entry{file(strings.Repeat("n", 300), "x")}},
		{"the name leads out of", []entry{file(strings.Repeat("d/", 3000)+"x", "x")}},
	} {
		target, untouched := field(t)
		wire := stream(t, append([]entry{dir(".")}, c.entries...)...)
		_, err := Unpack(bytes.NewReader(wire), target, true, Options{Preserve: true, Owners: os.Geteuid() == 0})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.100s: %v, want %q", c.entries[len(c.entries)-1].Name, err, c.want)
		}
		untouched()
	}
}

func TestLinksAreBroughtAndNeverFollowed(t *testing.T) {
	target, untouched := field(t)
	wire := stream(t, dir("."),
		link(tar.TypeSymlink, "precious", "../outside/precious"), file("precious", "a new file in its place"),
		link(tar.TypeSymlink, "away", "/etc/passwd"), link(tar.TypeLink, "hard", "../outside/precious"), link(tar.TypeLink, "hard2", "precious"),
		entry{tar.Header{Name: "disk", Typeflag: tar.TypeBlock, Devmajor: 8, Mode: 0o666}, ""},
		entry{tar.Header{Name: "tty", Typeflag: tar.TypeChar, Devmajor: 5, Mode: 0o666}, ""},
		entry{tar.Header{Name: "pipe", Typeflag: tar.TypeFifo, Mode: 0o666}, ""},
		entry{tar.Header{Name: "become-root", Mode: 0o6755, Uid: 0, PAXRecords: map[string]string{"SCHILY.xattr.user.bad": "x"}}, "bad"},
	)
	result, err := Unpack(bytes.NewReader(wire), target, true, Options{})
	if err != nil || result.LeftOut != 5 {
		t.Errorf("%+v, %v; want the hard links and the devices left out", result, err)
	}
	wantSame(t, map[string]string{
		"": "d---------", "/precious": "----------a new file in its place", "/away": "L---------/etc/passwd", "/become-root": "----------bad",
	}, describe(t, target, false))
	if info, err := os.Stat(filepath.Join(target, "become-root")); err != nil || info.Mode()&special != 0 {
		t.Errorf("mode %v (%v)", info.Mode(), err)
	}
	untouched()
}

// TestOneFileIsOneFile: who says that a file comes cannot send a folder, and the other way round.
func TestOneFileIsOneFile(t *testing.T) {
	for what, c := range map[string]struct {
		dir  bool
		wire []byte
	}{
		"a folder for a file": {false, stream(t, dir("."))}, "a file for a folder": {true, stream(t, file(".", "x"))},
		"a link for a file": {false, stream(t, link(tar.TypeSymlink, ".", "/etc"))}, "another name": {false, stream(t, file("x", "x"))},
	} {
		target, untouched := field(t)
		if _, err := Unpack(bytes.NewReader(c.wire), target, c.dir, Options{}); err == nil || !strings.Contains(err.Error(), "something else") {
			t.Errorf("%s: %v", what, err)
		}
		if _, err := os.Lstat(target); err == nil {
			t.Errorf("%s: something was written", what)
		}
		untouched()
	}
}

func TestErrorsQuoteNames(t *testing.T) {
	target, _ := field(t)
	_, err := Unpack(bytes.NewReader(stream(t, dir("."), file("f", ""), file("f/\x1b[2Jx", "x"), file("f/y", ""))), target, true, Options{})
	if err == nil || strings.ContainsAny(err.Error(), "\x1b\n") {
		t.Errorf("%v", err)
	}
	if _, err := UnpackInto(strings.NewReader(strings.Repeat("no tar at all ", 100)), t.TempDir(), Options{}); err == nil || err.Error() != "this is no tar stream" {
		t.Errorf("%v", err)
	}
}

// TestFewBytesCannotClaimMany: a sparse file of GNU tar's says that it has 8 GiB and holds nothing.
func TestFewBytesCannotClaimMany(t *testing.T) {
	wire := stream(t, dir("."), entry{tar.Header{Name: "sparse", Format: tar.FormatGNU}, ""})
	hdr := wire[512:1024]
	hdr[156] = tar.TypeGNUSparse
	copy(hdr[483:], "77777777777")
	copy(hdr[148:], "        ")
	sum := 0
	for _, b := range hdr {
		sum += int(b)
	}
	copy(hdr[148:], fmt.Sprintf("%06o\x00 ", sum))
	target, untouched := field(t)
	_, err := Unpack(bytes.NewReader(wire), target, true, Options{})
	if err == nil || !strings.Contains(err.Error(), "no agent of banger's") {
		t.Errorf("%v", err)
	}
	if _, err := Relay(io.Discard, bytes.NewReader(wire), "x", Options{}); err == nil {
		t.Error("it was passed on")
	}
	untouched()
}

// TestTrustedStream is a user's own tar stream for a guest: implied folders, hard links, links to folders, headers that are none.
func TestTrustedStream(t *testing.T) {
	to := t.TempDir()
	if err := os.MkdirAll(filepath.Join(to, "usr/lib"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("usr/lib", filepath.Join(to, "lib")); err != nil {
		t.Fatal(err)
	}
	wire := stream(t,
		entry{tar.Header{Typeflag: tar.TypeXGlobalHeader, Name: "pax_global_header", PAXRecords: map[string]string{"comment": "x"}}, ""},
		file("./a/b/c", "implied"), link(tar.TypeLink, "a/d", "a/b/c"), file("lib/module", "there"), dir("lib"))
	if result, err := UnpackInto(bytes.NewReader(wire), to, Options{Trusted: true}); err != nil || result.LeftOut != 0 {
		t.Fatal(result, err)
	}
	for name, want := range map[string]string{"a/b/c": "implied", "a/d": "implied", "usr/lib/module": "there"} {
		if text, err := os.ReadFile(filepath.Join(to, name)); err != nil || string(text) != want {
			t.Errorf("%s says %q (%v), want %q", name, text, err, want)
		}
	}
	for _, bad := range [][]entry{{link(tar.TypeLink, "x", "../../etc/passwd")}, {link(tar.TypeSymlink, "out", ".."), file("out/x", "x")}} {
		if _, err := UnpackInto(bytes.NewReader(stream(t, bad...)), to, Options{Trusted: true}); err == nil {
			t.Errorf("%v left the folder", bad[0].Header)
		}
	}
}

// TestRelayPassesOnWhatIsHarmless is what "vm cp web:x -" prints.
func TestRelayPassesOnWhatIsHarmless(t *testing.T) {
	wire := stream(t, dir("."), entry{tar.Header{Name: "f", Mode: 0o6755, Uid: 77}, "text"}, link(tar.TypeSymlink, "l", "/etc"), link(tar.TypeLink, "h", "f"))
	for preserve, mode := range map[bool]int64{false: 0o755, true: 0o6755} {
		var out bytes.Buffer
		result, err := Relay(&out, bytes.NewReader(wire), "base", Options{Preserve: preserve})
		if err != nil || result.Files != 3 || result.LeftOut != 1 {
			t.Fatalf("%+v, %v", result, err)
		}
		r := tar.NewReader(&out)
		for _, name := range []string{"base/", "base/f", "base/l"} {
			hdr, err := r.Next()
			if err != nil || hdr.Name != name {
				t.Fatalf("%+v, %v, want %s", hdr, err, name)
			}
			if name == "base/f" && (hdr.Mode != mode || (hdr.Uid == 77) != preserve) {
				t.Errorf("preserve %v: mode %o, user %d", preserve, hdr.Mode, hdr.Uid)
			}
		}
	}
	if _, err := Relay(&bytes.Buffer{}, bytes.NewReader(stream(t, file("../x", ""))), "base", Options{}); err == nil {
		t.Error("a name that leads out was passed on")
	}
}

// FuzzUnpack is a guest that sends anything. Whatever it is, nothing changes outside of the target.
func FuzzUnpack(f *testing.F) {
	f.Add(stream(f, dir("."), dir("d"), file("d/f", "text"), link(tar.TypeSymlink, "l", ".."), file("l/x", "")), true, false)
	f.Add(stream(f, file(".", "text")), false, true)
	f.Add(stream(f, dir("."), link(tar.TypeLink, "l", "../outside/precious"), file("../x", "")), true, true)
	f.Fuzz(func(t *testing.T, wire []byte, folder, preserve bool) {
		if len(wire) > 1<<16 {
			return
		}
		target, untouched := field(t)
		o := Options{Preserve: preserve}
		Unpack(bytes.NewReader(wire), target, folder, o)
		untouched()
		Relay(&bytes.Buffer{}, bytes.NewReader(wire), "x", o)
		filepath.WalkDir(target, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.Type()&^(fs.ModeDir|fs.ModeSymlink) != 0 {
				t.Errorf("%q is a %v", path, d.Type())
			}
			if info, infoErr := os.Lstat(path); infoErr == nil && info.Mode()&special != 0 {
				t.Errorf("%q has mode %v", path, info.Mode())
			}
			return nil
		})
	})
}
