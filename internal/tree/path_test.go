package tree

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// gits are spellings of ".git" that some file system takes for it.
var gits = []string{
	".git", ".GIT", ".Git", ".giT", ".git.", ".git ", ".git. . .", ".git:", ".git::$INDEX_ALLOCATION", ".git .:x",
	"git~1", "GIT~1", "Git~1 .", "git~1:x",
	".g\u200cit", "\u200d.git", ".git\u200e", ".gi\u200ft", ".g\u202ait", ".g\u202eIt", ".gi\u206at", ".gi\u206ft", "\ufeff.git",
	".git\xff", ".git\xff\xfehub", ".git\ufffe", ".git\uffff.", ".git\xe2\x80", ".git\xed\xa0\x80",
}

// plain are names that only look like it.
var plain = []string{
	"git", ".gi", ".github", ".gitignore", ".gitattributes", ".gitmodules", ".git-x", "git~2", "git~10", "..git", "...", ".g it", " .git", "x.git",
	".gıt", ".gİt", "\xff", "\xff.git", "gi\u200c", "a:b", "a b", "a\nb", `a\b`, "\u202etxt", "~", "-", "C:x",
}

func TestCheckPath(t *testing.T) {
	for _, name := range gits {
		for _, form := range []string{"%s", "a/%s", "%s/a", "a/%s/b", `a\%s`, `%s\a`, `a/b\%s/c`} {
			if path := fmt.Sprintf(form, name); CheckPath(path) == nil {
				t.Errorf("%q passes", path)
			}
		}
	}
	for _, name := range plain {
		for _, form := range []string{"%s", "a/%s", "%s/a"} {
			if path := fmt.Sprintf(form, name); CheckPath(path) != nil {
				t.Errorf("%q: %v", path, CheckPath(path))
			}
		}
	}
	for _, path := range []string{
		"", "/", "/a", "a/", "a//b", ".", "..", "./a", "../a", "a/.", "a/..", "a/./b", "a/../b", "a\x00", strings.Repeat("a", MaxPath+1),
	} {
		if CheckPath(path) == nil {
			t.Errorf("%.20q passes", path)
		}
	}
	if err := CheckPath(strings.Repeat("a", MaxPath)); err != nil {
		t.Error(err)
	}
}

// index tells whether git takes an entry into an index of its own, with every protection on.
func index(t *testing.T, repository string, mode Mode, path string) bool {
	t.Helper()
	cmd := exec.Command("git", "-c", "core.protectHFS=true", "-c", "core.protectNTFS=true", "update-index", "-z", "--index-info")
	cmd.Dir = repository
	cmd.Env = append(cmd.Environ(), "GIT_INDEX_FILE="+filepath.Join(t.TempDir(), "index"))
	cmd.Stdin = strings.NewReader(fmt.Sprintf("%o e69de29bb2d1d6434b8b29ae775ad8c2e48c5391\t%s\x00", mode, path))
	out, err := cmd.CombinedOutput()
	if err != nil && !bytes.Contains(out, []byte("nvalid path")) && !bytes.Contains(out, []byte("gnoring path")) {
		t.Fatalf("git on %q: %v, %s", path, err, out)
	}
	return err == nil && len(out) == 0
}

func repository(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command("git", "init", "-q", "--bare", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v, %s", err, out)
	}
	return dir
}

// TestGitTakesWhatPasses: git refuses nothing that has passed here, so that a tree can be made of it.
func TestGitTakesWhatPasses(t *testing.T) {
	git, taken, refused := repository(t), 0, 0
	for _, path := range append(append([]string{"a/b", "a/../b", "/a", "a//b", `a\.git`, `a\.git\b`}, plain...), gits...) {
		got := index(t, git, File, path)
		if !got && CheckPath(path) == nil {
			t.Errorf("git refuses %q, which passes", path)
		}
		if got {
			taken++
		} else {
			refused++
		}
	}
	if taken < len(plain) || refused < len(gits) {
		t.Errorf("git took %d paths and refused %d", taken, refused)
	}
}

// modules are spellings of ".gitmodules" that git takes for it.
var modules = []string{
	".gitmodules", ".GitModules", ".gitmodules .", ".gitmodules:x", ".gitmod\u200cules", ".gitmodules\xff", "gitmod~1", "GITMOD~4 ", "gi7eba~1", "gi7eb~12", "~1000000",
}

func TestLinksInThePlaceOfModules(t *testing.T) {
	git := repository(t)
	for _, name := range modules {
		for _, form := range []string{"%s", "a/%s", `a\%s`, "%s/b"} {
			path := fmt.Sprintf(form, name)
			if CheckPath(path) != nil || CheckLink(path, "x") == nil {
				t.Errorf("%q: %v as a path, %v as a link's", path, CheckPath(path), CheckLink(path, "x"))
			}
		}
		if index(t, git, Link, name) {
			t.Errorf("git takes %q, which is refused here", name)
		}
	}
	for _, name := range append([]string{"gitmodules", ".gitmodules2", "gitmod~", "gi~x~"}, plain...) {
		if taken := index(t, git, Link, name); !taken && CheckLink(name, "x") == nil {
			t.Errorf("git refuses a link %q, which passes", name)
		}
	}
}
