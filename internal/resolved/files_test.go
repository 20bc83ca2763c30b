package resolved

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"banger/internal/problem"
)

func (w world) want(state State) {
	w.t.Helper()
	if got, foreign, err := w.State(server); got != state || err != nil || (foreign == "") != (state != Foreign) {
		w.t.Errorf("%s, %q, %v, want %s", got, foreign, err, state)
	}
}

func TestInstallAndUninstall(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0o077))
	w := newWorld(t)
	w.want(Absent)
	w.put(dropIn+".new", "of one that was broken off")
	for _, changed := range []bool{true, false} {
		if got, err := w.Install(server); got != changed || err != nil {
			t.Fatalf("%v, %v", got, err)
		}
		w.want(Current)
	}
	const first = "; Written by banger dns install; banger dns uninstall removes it.\n"
	for name, want := range map[string]string{dropIn: first + "[Resolve]\nDNS=127.0.0.1:42069\nDomains=~vm\n", anchor: first + "vm\n"} {
		info, err := os.Stat(w.path(name))
		if err != nil || info.Mode().Perm() != 0o644 {
			t.Errorf("%s: %v, %v; resolved could not read it", name, info, err)
		}
		if text, err := os.ReadFile(w.path(name)); err != nil || string(text) != want {
			t.Errorf("%s: %v, %q", name, err, text)
		}
	}
	for _, want := range []string{"[/" + anchor + " /" + dropIn + "]", "[]"} {
		if got, err := w.Uninstall(); fmt.Sprint(got) != want || err != nil {
			t.Errorf("removed %v, %v, want %s", got, err, want)
		}
		w.want(Absent)
	}
	for _, name := range []string{dropIn, anchor} {
		if left, err := os.ReadDir(filepath.Dir(w.path(name))); len(left) != 0 || err != nil {
			t.Errorf("left are %v (%v)", left, err)
		}
	}
}

// TestHalfInstalled: what is missing is written, and what is there removed.
func TestHalfInstalled(t *testing.T) {
	for _, lost := range []string{dropIn, anchor} {
		w := newWorld(t)
		for range 2 {
			if changed, err := w.Install(server); !changed || err != nil {
				t.Errorf("%v, %v", changed, err)
			}
			w.want(Current)
			w.drop(lost)
			w.want(Stale)
		}
		if removed, err := w.Uninstall(); len(removed) != 1 || err != nil {
			t.Errorf("removed %v, %v", removed, err)
		}
		w.want(Absent)
	}
}

func TestAnotherServerIsReplaced(t *testing.T) {
	w := newWorld(t)
	if _, err := w.Install(netip.MustParseAddrPort("[::1]:5353")); err != nil {
		t.Fatal(err)
	}
	w.want(Stale)
	if changed, err := w.Install(server); !changed || err != nil {
		t.Errorf("%v, %v", changed, err)
	}
	w.want(Current)
	w.put(dropIn, text()+"Cache=no\n") // by hand
	w.want(Stale)
	if removed, err := w.Uninstall(); len(removed) != 2 || err != nil {
		t.Errorf("%v, %v", removed, err)
	}
}

func TestWhatIsNotOursIsLeftAlone(t *testing.T) {
	for name, make := range map[string]func(world){
		"a file":           func(w world) { w.put(dropIn, "[Resolve]\nDNS=192.0.2.1\n") },
		"an empty file":    func(w world) { w.put(dropIn, "") },
		"a mask":           func(w world) { w.link("/dev/null", dropIn) },
		"a link to ours":   func(w world) { w.put("etc/elsewhere", text()); w.link("../../elsewhere", dropIn) },
		"another's anchor": func(w world) { w.put(anchor, "example.org\n") },
		"a folder":         func(w world) { w.path(dropIn + "/x") },
		"a longer comment": func(w world) { w.put(dropIn, strings.TrimSuffix(marker, "\n")+" Or does it?\n") },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			make(w)
			w.want(Foreign)
			_, path, _ := w.State(server)
			before, _ := os.Lstat(filepath.Join(w.dir, path))
			_, installed := w.Install(server)
			_, removed := w.Uninstall()
			for _, err := range []error{installed, removed} {
				if problem.CodeOf(err) != problem.Conflict || problem.RemedyOf(err) == "" || !strings.Contains(err.Error(), path) {
					t.Errorf("%v", err)
				}
			}
			if after, err := os.Lstat(filepath.Join(w.dir, path)); err != nil || !os.SameFile(before, after) || before.ModTime() != after.ModTime() {
				t.Errorf("it was touched: %v", err)
			}
		})
	}
}

// TestPathsStayInside: a link in a tree to be packaged must not have this host's own files written.
func TestPathsStayInside(t *testing.T) {
	outside := t.TempDir()
	w := newWorld(t)
	w.link(outside, "etc/systemd")
	if _, err := w.Install(server); err == nil {
		t.Error("it followed a link out of the folder")
	}
	if left, _ := os.ReadDir(outside); len(left) != 0 {
		t.Errorf("outside are %v", left)
	}
	if _, err := Open(filepath.Join(w.dir, "nothing")); problem.CodeOf(err) != problem.NotFound {
		t.Errorf("a folder that is not there: %v", err)
	}
}

func TestRecipe(t *testing.T) {
	for addr, want := range map[string][]string{
		"127.0.0.1:42069": {"server=/vm/127.0.0.1#42069\n", "stub-addr: 127.0.0.1@42069\n"},
		"[::1]:5353":      {"server=/vm/::1#5353\n", "stub-addr: ::1@5353\n"},
	} {
		for _, line := range want {
			if got := Recipe(netip.MustParseAddrPort(addr)); !strings.Contains(got, line) {
				t.Errorf("%s: no %q in\n%s", addr, line, got)
			}
		}
	}
}
