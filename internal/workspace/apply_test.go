package workspace

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"banger/internal/problem"
	"banger/internal/progress"
)

// portrait is all of a folder that one could tell a change by: names, kinds, permissions, owners, contents. With times, also the
// nanosecond of the last change.
func portrait(t testing.TB, dir string, times bool) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		said := info.Mode().String()
		if times {
			said += " " + info.ModTime().String()
		}
		if !e.IsDir() {
			l, err := leafAt(name)
			if err != nil {
				return err
			}
			said += " " + l.content
		}
		all[name] = said
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func unchanged(t testing.TB, was, is map[string]string) {
	t.Helper()
	for name, said := range was {
		if is[name] != said {
			t.Errorf("%q was %.200q, is %.200q", name, said, is[name])
		}
	}
	for name, said := range is {
		if _, ok := was[name]; !ok {
			t.Errorf("%q is new: %.200q", name, said)
		}
	}
}

func TestApplyTouchesNothingWhenOnePathDiffers(t *testing.T) {
	for what, mine := range map[string]map[string]leafed{
		"another content":       {"plain": plain("mine\n")},
		"another mode":          {"plain": program("one\ntwo\nthree\n")},
		"absent":                {"plain": absent},
		"a link instead":        {"plain": link("crlf")},
		"a file that is new":    {"new empty": plain("mine\n")},
		"another new content":   {"new binary": plain("\x00new!")},
		"a folder in its place": {"new link/mine": plain("mine\n")},
		"a file for a folder":   {"moved": plain("mine\n")},
		"a link for a folder":   {"moved": link("folder")},
		"more in a folder":      {"folder to file/mine": plain("mine\n")},
		"what was to go":        {"goes": plain("mine\n")},
	} {
		t.Run(what, func(t *testing.T) {
			p := newPair(t, before)
			p.edit(t)
			lay(t, p.root, mine)
			was := portrait(t, p.root, true)
			_, err := p.dir.Export(t.Context(), p, p.guest, ExportOptions{Apply: true}, nil)
			if problem.CodeOf(err) != problem.Conflict || problem.RemedyOf(err) == "" {
				t.Errorf("got %v, want a conflict with a remedy", err)
			}
			unchanged(t, was, portrait(t, p.root, true))
		})
	}
}

func TestRefusalNamesTwentyPaths(t *testing.T) {
	p := newPair(t, map[string]leafed{"x": plain("x")})
	for i := range 30 {
		name := fmt.Sprintf("f%02d", i)
		lay(t, p.guest, map[string]leafed{name: plain("guest")})
		lay(t, p.root, map[string]leafed{name: plain("mine")})
	}
	_, err := p.dir.Export(t.Context(), p, p.guest, ExportOptions{Apply: true}, nil)
	if err == nil || strings.Count(err.Error(), `"f`) != 20 || !strings.Contains(err.Error(), "and 10 more") {
		t.Errorf("got %v", err)
	}
}

// TestApplyIsTakenBack breaks off at each file in turn, once because the caller goes and once because somebody changes a file.
func TestApplyIsTakenBack(t *testing.T) {
	p := newPair(t, before)
	p.edit(t)
	total := len(p.export(t, ExportOptions{}).Files)
	if err := os.Chmod(filepath.Join(p.root, "folder to file"), 0o750); err != nil {
		t.Fatal(err)
	}
	was := portrait(t, p.root, false)
	cause := errors.New("the caller goes")
	for at := range total {
		ctx, cancel := context.WithCancelCause(t.Context())
		_, err := p.dir.Export(ctx, p, p.guest, ExportOptions{Apply: true}, func(e progress.Event) {
			if e.Total > 0 && e.Done == int64(at) {
				cancel(cause)
			}
		})
		if !errors.Is(err, cause) || !strings.Contains(err.Error(), "the working tree is as it was") {
			t.Fatalf("at %d: got %v", at, err)
		}
		unchanged(t, was, portrait(t, p.root, false))
	}
	_, err := p.dir.Export(t.Context(), p, p.guest, ExportOptions{Apply: true}, func(e progress.Event) {
		if e.Total > 0 && e.Done == 1 {
			lay(t, p.root, map[string]leafed{"sub/z": plain("mine\n")})
		}
	})
	if problem.CodeOf(err) != problem.Conflict || !strings.Contains(err.Error(), `"sub/z" was changed by somebody else`) {
		t.Errorf("got %v", err)
	}
	lay(t, p.root, map[string]leafed{"sub/z": absent})
	unchanged(t, was, portrait(t, p.root, false))
}

func TestApplyKeepsPermissions(t *testing.T) {
	p := newPair(t, map[string]leafed{"secret": plain("1"), "tool": program("1"), "shared/x": plain("1")})
	for name, perm := range map[string]fs.FileMode{"secret": 0o600, "tool": 0o750, "shared": 0o770} {
		if err := os.Chmod(filepath.Join(p.root, name), perm); err != nil {
			t.Fatal(err)
		}
	}
	lay(t, p.guest, map[string]leafed{"shared/x": absent, "secret": program("2"), "tool": plain("2"), "shared/y": program("2"), "shared/deep/z": plain("2")})
	p.export(t, ExportOptions{Apply: true})
	for name, want := range map[string]fs.FileMode{
		"secret": 0o700, "tool": 0o640, "shared/y": 0o770, "shared/deep": 0o770 | fs.ModeDir, "shared/deep/z": 0o660,
	} {
		if info, err := os.Lstat(filepath.Join(p.root, name)); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, want %v (%v)", name, info.Mode(), want, err)
		}
	}
}
