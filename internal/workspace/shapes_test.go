package workspace

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestShapes are repositories that are not as most are.
func TestShapes(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(r repo) repo
		log  int // commits in the guest
		head string
	}{
		{"empty", func(r repo) repo { return r }, 0, "refs/heads/main"},
		{"nothing committed", func(r repo) repo {
			r.write("file", "x")
			r.git("add", "file")
			return r
		}, 0, "refs/heads/main"},
		{"detached", func(r repo) repo {
			r.write("file", "x")
			r.commit("one")
			r.commit("two")
			r.git("checkout", "-q", "--detach", "HEAD~1")
			return r
		}, 1, ""},
		{"linked worktree", func(r repo) repo {
			r.write("file", "x")
			r.commit("one")
			linked := r.at(filepath.Join(r.TempDir(), "linked"))
			r.git("worktree", "add", "-q", "-b", "side/branch", linked.dir)
			linked.write("file", "edited")
			linked.write("staged", "x")
			linked.git("add", "staged")
			return linked
		}, 1, "refs/heads/side/branch"},
		{"shallow", func(r repo) repo {
			for range 5 {
				r.commit("x")
			}
			r.write("file", "x")
			r.commit("one")
			clone := r.at(filepath.Join(r.TempDir(), "clone"))
			r.git("clone", "-q", "--depth", "3", "file://"+r.dir, clone.dir)
			return clone
		}, 3, "refs/heads/main"},
		{"no blobs", func(r repo) repo { return partial(r, "blob:none") }, 10, "refs/heads/main"},
		{"no trees", func(r repo) repo { return partial(r, "tree:0") }, 1, "refs/heads/main"},
		{"sparse", func(r repo) repo {
			r.write("in/file", "x")
			r.write("out/file", "y")
			r.commit("one")
			r.git("sparse-checkout", "set", "--sparse-index", "in")
			return r
		}, 1, "refs/heads/main"},
		{"sparse and partial", func(r repo) repo {
			clone := partial(r, "blob:none", "--no-checkout")
			clone.git("sparse-checkout", "set", "a")
			clone.git("checkout", "-q", "main")
			return clone
		}, 10, "refs/heads/main"},
		{"packed, of an alternate", func(r repo) repo {
			r.write("file", "x")
			r.commit("one")
			r.git("gc", "-q")
			clone := r.at(filepath.Join(r.TempDir(), `a "clone": x`))
			r.git("clone", "-q", "--shared", r.dir, clone.dir)
			clone.write("file", "y")
			clone.commit("two")
			return clone
		}, 2, "refs/heads/main"},
		{"conflict", func(r repo) repo {
			r.write("file", "base")
			r.commit("one")
			r.git("checkout", "-q", "-b", "side")
			r.write("file", "theirs")
			r.commit("theirs")
			r.git("checkout", "-q", "main")
			r.write("file", "ours")
			r.commit("ours")
			r.try("merge", "side")
			return r
		}, 2, "refs/heads/main"},
		{"assumed and split index", func(r repo) repo {
			r.write("file", "x")
			r.write("assumed", "x")
			r.commit("one")
			r.git("update-index", "--assume-unchanged", "assumed")
			r.git("update-index", "--split-index")
			r.write("assumed", "edited")
			return r
		}, 1, "refs/heads/main"},
		{"index of version 4", func(r repo) repo {
			r.write("folder/one", "x")
			r.write("folder/two", "x")
			r.commit("one")
			r.git("update-index", "--index-version", "4")
			return r
		}, 1, "refs/heads/main"},
		{"a file where a folder was", func(r repo) repo {
			r.write("was folder/inside", "x")
			r.write("was file", "x")
			r.commit("one")
			os.RemoveAll(r.path("was folder"))
			os.Remove(r.path("was file"))
			r.write("was folder", "x")
			r.git("add", "was folder")
			r.write("was file/inside", "x")
			r.git("add", "was file")
			return r
		}, 1, "refs/heads/main"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := c.make(newRepo(t))
			_, g, _ := prepare(t, newDir(t), Source{Path: r.dir, Depth: 10})
			sameFiles(t, files(t, g.path), files(t, r.dir))
			sameGit(r, g)
			in := r.at(g.path)
			if log, _ := in.try("log", "--format=%H"); strings.Count(log, "\n") != c.log && c.log > 0 {
				t.Errorf("history in the guest, want %d commits:\n%s", c.log, log)
			}
			if head, _ := in.try("symbolic-ref", "-q", "HEAD"); strings.TrimSpace(head) != c.head {
				t.Errorf("the guest's HEAD is %q, want %q", head, c.head)
			}
			in.git("commit", "-q", "--allow-empty", "-a", "-m", "in the guest")
		})
	}
}

// partial is a clone without what filter names, of a repository with 12 commits.
func partial(r repo, filter string, options ...string) repo {
	r.git("config", "uploadpack.allowFilter", "true")
	for _, content := range strings.Split("abcdefghijkl", "") {
		r.write("a/file", content)
		r.write("b/file", content)
		r.commit(content)
	}
	clone := r.at(filepath.Join(r.TempDir(), "clone"))
	r.git(append(append([]string{"clone", "-q", "--filter=" + filter}, options...), "file://"+r.dir, clone.dir)...)
	return clone
}

func TestBranchInTheGuest(t *testing.T) {
	r := newRepo(t)
	r.write("file", "old")
	r.write("only old", strings.Repeat("large", 500_000))
	r.commit("one")
	old := files(t, r.dir)
	r.git("rm", "-q", "only old")
	r.write("file", "new")
	r.commit("two")
	r.write("file", "edited")
	t.Run("from HEAD", func(t *testing.T) {
		_, g, _ := prepare(t, newDir(t), Source{Path: r.dir, Branch: "feature/x"})
		sameFiles(t, files(t, g.path), map[string]string{"file": "edited"})
		sameGit(r, g)
		if head := r.at(g.path).git("symbolic-ref", "HEAD"); head != "refs/heads/feature/x\n" {
			t.Errorf("HEAD is %s", head)
		}
	})
	t.Run("from another", func(t *testing.T) {
		p, g, sent := prepare(t, newDir(t), Source{Path: r.dir, Branch: "main", From: "HEAD~1", Untracked: true})
		sameFiles(t, files(t, g.path), old)
		in := r.at(g.path)
		if out := in.git("status", "--porcelain"); out != "" || len(p.Notices) != 1 {
			t.Errorf("git status in the guest: %s; notices %q", out, p.Notices)
		}
		if got := in.git("rev-parse", "HEAD^{tree}"); got != sent.Base.Tree+"\n" {
			t.Errorf("the base is %s, want %s", sent.Base.Tree, got)
		}
	})
	if out := r.git("branch", "--list"); out != "* main\n" {
		t.Errorf("branches of the user's repository:\n%s", out)
	}
}

func TestConfigurationOfTheGuest(t *testing.T) {
	r := newRepo(t)
	r.write("file", "x")
	r.commit("one")
	name := "Ö \"quoted\" \\ ; # [x]\ttab"
	r.git("config", "user.name", name)
	r.git("config", "core.autocrlf", "input")
	r.git("config", "core.hooksPath", "/somewhere")
	r.git("config", "alias.x", "!touch /somewhere")
	r.git("remote", "add", "origin", "https://user:token@example.com/a.git?key=1")
	_, g, _ := prepare(t, newDir(t), Source{Path: r.dir})
	in := r.at(g.path)
	for key, want := range map[string]string{
		"user.name": name, "user.email": "global@example.com", "remote.origin.url": "https://example.com/a.git", "core.autocrlf": "input",
		"core.hookspath": "", "alias.x": "",
	} {
		if got, _ := in.try("config", "--local", "--get", key); strings.TrimSuffix(got, "\n") != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	text, _ := os.ReadFile(filepath.Join(g.path, ".git", "config"))
	if strings.Contains(string(text), "token") {
		t.Errorf("the guest knows a token:\n%s", text)
	}
}

func TestAddressesLoseCredentials(t *testing.T) {
	for address, want := range map[string]string{
		"https://example.com/a.git":           "https://example.com/a.git",
		"https://u:p@example.com/a.git":       "https://example.com/a.git",
		"https://token@example.com:8443/a?t#": "https://example.com:8443/a",
		"ssh://git:pw@example.com:22/a.git":   "ssh://git@example.com:22/a.git",
		"git@example.com:a/b.git":             "git@example.com:a/b.git",
		"u:p@example.com:a":                   "",
		"/home/user/a.git":                    "",
		"../a.git":                            "",
		"./a:b":                               "",
		"file:///home/a.git":                  "",
		"ext::sh -c 'touch x'":                "",
		"-oProxyCommand=x:y":                  "",
		"https://example.com/\n[core]":        "",
		"":                                    "",
	} {
		if got := withoutCredentials(address); got != want {
			t.Errorf("%q became %q, want %q", address, got, want)
		}
	}
}
