package agent_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"

	"banger/internal/guestlink"
	"banger/internal/tree"
)

func TestGet(t *testing.T) {
	s := newSpace(t)
	large := strings.Repeat("0123456789abcdef\x00", 100_000)
	outside := t.TempDir()
	base := []file{plainFile("a", "one"), plainFile("d/large", large), program("d/p", ""), linkTo("l", "../../nowhere"), linkTo("out", outside), plainFile("odd \xff\n", "x")}
	s.put(t, "base", base...)
	if err := errors.Join(syscall.Mkfifo(s.at("pipe"), 0o600), os.Mkdir(s.at("folder"), 0o755), os.WriteFile(outside+"/f", []byte("secret"), 0o644)); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range base {
		names = append(names, f.Path)
	}
	gone := []string{"none", "no/such/folder/f", "a/f", "pipe", "folder", "out/f"}
	got := s.get(t, append(gone, names...)...)
	for i, name := range gone {
		if got[i].Path != name || got[i].Mode != tree.Gone || got[i].Size != 0 {
			t.Errorf("%q: %+v", name, got[i].Entry)
		}
	}
	for i, want := range base {
		g := got[len(gone)+i]
		info, err := os.Lstat(s.at(want.Path))
		if err != nil || g.Path != want.Path || g.Mode != want.Mode || g.content != want.content || g.Time != info.ModTime().UnixNano() {
			t.Errorf("%q: %+v, %d bytes, %v", want.Path, g.Entry, len(g.content), err)
		}
	}
}

// TestGetOfVeryMany: the host sends more names than any window takes before it reads.
func TestGetOfVeryMany(t *testing.T) {
	s := newSpace(t)
	s.put(t, "base", plainFile("f", strings.Repeat("x", 1000)))
	names := make([]string, 200_000)
	for i := range names {
		names[i] = fmt.Sprintf("a/rather/long/name/so/that/the/names/are/megabytes/%d", i)
		if i%10 == 0 {
			names[i] = "f"
		}
	}
	for i, f := range s.get(t, names...) {
		if f.Path != names[i] || (f.Mode == tree.File) != (i%10 == 0) {
			t.Fatalf("number %d is %+v", i, f.Entry)
		}
	}
}

// getting asks for one name and hands over where the answer comes from.
func (s *space) getting(t *testing.T, name string) (io.Closer, *guestlink.BulkReader) {
	t.Helper()
	stream, _, err := s.ask(t, guestlink.Request{Op: guestlink.OpTreeGet, TreeGet: &guestlink.TreeGet{Path: s.path}})
	out := guestlink.NewBulkWriter(stream)
	if err := errors.Join(err, tree.WriteEntry(out, tree.Entry{Path: name}), out.End(guestlink.CopyEnd{})); err != nil {
		t.Fatal(err)
	}
	return stream, guestlink.NewBulkReader(stream)
}

func TestGetOfAFileThatChanges(t *testing.T) {
	s := newSpace(t)
	const size = 16 << 20 // far more than what is on its way
	for name, resize := range map[string]int64{"shrinks": 4 << 20, "grows": size + 5} {
		s.put(t, "base", plainFile(name, strings.Repeat("x", size)))
		_, in := s.getting(t, name)
		e, err := tree.ReadEntry(in)
		if err != nil || e.Size != size {
			t.Fatalf("%+v, %v", e, err)
		}
		if err := os.Truncate(s.at(name), resize); err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, io.LimitReader(in, size))
		switch name {
		case "shrinks":
			if n >= size || err == nil || !strings.Contains(err.Error(), `"shrinks": it got shorter`) {
				t.Errorf("%d bytes of one that shrinks, %v", n, err)
			}
		case "grows":
			if _, endErr := in.End(); n != size || err != nil || endErr != nil {
				t.Errorf("%d bytes of one that grows, %v, %v", n, err, endErr)
			}
		}
	}
}

func TestGetRefusesNamesOfNoTree(t *testing.T) {
	s := newSpace(t)
	s.put(t, "base", plainFile("f", ""))
	for _, name := range []string{"/etc/passwd", "../f", ".git/config", "a//b"} {
		_, in := s.getting(t, name)
		if _, err := tree.ReadEntry(in); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", name)) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// TestGettersThatGo are not waited for.
func TestGettersThatGo(t *testing.T) {
	s := newSpace(t)
	s.put(t, "base", plainFile("large", strings.Repeat("x", 16<<20)))
	stream, in := s.getting(t, "large")
	if _, err := tree.ReadEntry(in); err != nil {
		t.Fatal(err)
	}
	if s.open(t) == "" {
		t.Error("the agent reads nothing")
	}
	stream.Close()
	eventually(t, "the file to be let go", func() bool { return s.open(t) == "" })
}

// TestNothingStaysOpen of all that was put, asked and sent.
func TestNothingStaysOpen(t *testing.T) {
	s := newSpace(t)
	s.withGit(t, plainFile("f", "1"), plainFile("d/e/g", "1"))
	s.shell(t, "touch n d/e/m; echo 2 >f; mkdir -p w/w; touch w/w/x")
	s.changes(t)
	s.get(t, "f", "none/f", "d/e/g")
	s.tryPut(t, guestlink.TreePut{}, "two", plainFile("w", "")) // refused
	eventually(t, "everything to be closed", func() bool { return s.open(t) == "" })
}

// open lists what the agent has open in the workspace.
func (s *space) open(t *testing.T) (all string) {
	t.Helper()
	dir := fmt.Sprintf("/proc/%d/fd", s.PID)
	fds, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		if at, err := os.Readlink(dir + "/" + fd.Name()); err == nil && strings.HasPrefix(at, s.path) {
			all += at + "\n"
		}
	}
	return all
}
