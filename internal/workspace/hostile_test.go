package workspace

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestHostileRepository: whatever a repository says, nothing of it is run on the host, and it is not written to.
func TestHostileRepository(t *testing.T) {
	r := newRepo(t)
	canary := filepath.Join(t.TempDir(), "canary")
	evil := filepath.Join(t.TempDir(), "evil")
	if err := os.WriteFile(evil, fmt.Appendf(nil, "#!/bin/sh\necho \"$0 $*\" >> %s\nexit 1\n", canary), 0o755); err != nil {
		t.Fatal(err)
	}
	r.write(".gitattributes", "* filter=evil diff=evil merge=evil text eol=crlf\n")
	r.write("file", "one\ntwo\n")
	r.write("racy", "x")
	inner := r.at(filepath.Join(t.TempDir(), "inner"))
	os.Mkdir(inner.dir, 0o755)
	inner.git("init", "-q")
	inner.write(".gitattributes", "* filter=evil\n")
	inner.write("file", "inner")
	inner.commit("inner")
	r.git("submodule", "--quiet", "add", inner.dir, "sub")
	r.commit("one")
	r.write("file", "edited\n")
	r.write(".git/refs/heads/x", r.git("rev-parse", "HEAD"))
	config := fmt.Sprintf(`
[core]
	fsmonitor = %[1]s
	sshCommand = %[1]s
	pager = %[1]s
	editor = %[1]s
	askPass = %[1]s
	gitProxy = %[1]s
	hooksPath = %[2]s
	alternateRefsCommand = %[1]s
	untrackedCache = true
[filter "evil"]
	clean = %[1]s
	smudge = %[1]s
	process = %[1]s
	required = true
[diff]
	external = %[1]s
[diff "evil"]
	textconv = %[1]s
	command = %[1]s
[merge "evil"]
	driver = %[1]s
[credential]
	helper = %[1]s
[uploadpack]
	packObjectsHook = %[1]s
[protocol "ext"]
	allow = always
[submodule]
	recurse = true
[gc]
	auto = 1
[trace2]
	eventTarget = %[3]s
	normalTarget = %[3]s
[extensions]
	partialClone = origin
[remote "origin"]
	url = ext::%[1]s
	promisor = true
	partialclonefilter = blob:none
[alias]
	ls-files = !%[1]s
	rev-parse = !%[1]s
[include]
	path = %[2]s/included
`, evil, t.TempDir(), canary)
	for _, git := range []string{r.path(".git"), r.path(".git/modules/sub")} {
		f, err := os.OpenFile(filepath.Join(git, "config"), os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(f, config)
		f.Close()
		os.Remove(filepath.Join(git, "hooks"))
		os.RemoveAll(filepath.Join(git, "hooks"))
		os.Mkdir(filepath.Join(git, "hooks"), 0o755)
		for _, hook := range []string{"post-index-change", "pre-commit", "post-checkout", "reference-transaction", "fsmonitor-watchman", "pre-auto-gc"} {
			os.Link(evil, filepath.Join(git, "hooks", hook))
		}
	}
	// a content that is missing, which a git that may would fetch from the promisor
	blob := strings.TrimSpace(r.git("-c", "core.fsmonitor=false", "rev-parse", "HEAD:racy"))
	os.Remove(r.path(".git/objects/" + blob[:2] + "/" + blob[2:]))
	open := r
	open.env = append(r.env[:len(r.env):len(r.env)], "GIT_ALLOW_PROTOCOL=ext:file")
	for _, args := range [][]string{{"cat-file", "blob", blob}, {"status"}} {
		open.try(args...)
		if _, err := os.Stat(canary); err != nil {
			t.Fatalf("the repository is not hostile: git %q ran nothing", args)
		}
		os.Remove(canary)
	}
	// a file that looks as if it had changed just when the index did is what git reads to be sure
	info, _ := os.Stat(r.path("racy"))
	os.Chtimes(r.path(".git/index"), info.ModTime(), info.ModTime())

	before := snapshot(t, r.dir)
	_, g, _ := prepare(t, newDir(t), Source{Path: r.dir, Untracked: true, Depth: 10})
	for _, s := range []Source{{Path: r.dir, Branch: "b", From: "x"}, {Path: r.path("sub")}} {
		s.GuestPath = "/root/x"
		p, err := Inspect(t.Context(), s)
		if err == nil {
			err = newDir(t).Stage(t.Context(), p)
		}
		t.Logf("%+v: %v", s, err) // refused or not: what counts is what was run
	}
	if said, err := os.ReadFile(canary); err == nil {
		t.Errorf("programs of the repository's were run:\n%s", said)
	}
	for name, now := range snapshot(t, r.dir) {
		if before[name] != now {
			t.Errorf("%s in the user's repository was written", name)
		}
		delete(before, name)
	}
	for name := range before {
		t.Errorf("%s in the user's repository is gone", name)
	}
	sameFiles(t, files(t, g.path), files(t, r.dir))
	text, _ := os.ReadFile(filepath.Join(g.path, ".git", "config"))
	if strings.Contains(string(text), "evil") {
		t.Errorf("the guest's configuration:\n%s", text)
	}
}

// snapshot tells of all files how they are, their time included.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil {
			t.Fatal(err)
		}
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		content, _ := os.ReadFile(path)
		all[path] = fmt.Sprintf("%v %v %x", info.Mode(), info.ModTime(), content)
		return nil
	})
	return all
}

// TestNothingOfTheHostLeaks: links in the repository's own folder bring no other file of the user's into a guest.
func TestNothingOfTheHostLeaks(t *testing.T) {
	r := newRepo(t)
	secret := filepath.Join(t.TempDir(), "secret")
	os.WriteFile(secret, []byte("secret\n"), 0o600)
	r.write("dir/secret", "tracked")
	r.write("file", "x")
	r.commit("one")
	os.RemoveAll(r.path("dir"))
	os.Symlink(filepath.Dir(secret), r.path("dir"))
	os.Remove(r.path(".git/info/exclude"))
	os.Symlink(secret, r.path(".git/info/exclude"))
	r.git("config", "core.excludesFile", secret)
	_, g, _ := prepare(t, newDir(t), Source{Path: r.dir})
	filepath.WalkDir(g.path, func(path string, e os.DirEntry, err error) error {
		if content, _ := os.ReadFile(path); strings.Contains(string(content), "secret\n") {
			t.Errorf("%s has the secret", path)
		}
		return err
	})
	sameFiles(t, files(t, g.path), map[string]string{"file": "x"})
}
