package workspace

import (
	"context"
	"errors"
	"hash/fnv"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"banger/internal/guestlink"
	"banger/internal/tree"
)

// host is all of a machine that an export could harm: the user's home, temporary files, a repository full of programs that git
// would start, and the record of the workspace.
type host struct {
	area, canary string
	*pair
}

func newHost(t *testing.T) *host {
	t.Helper()
	area := t.TempDir()
	h := &host{area: area, canary: filepath.Join(t.TempDir(), "canary"), pair: &pair{root: filepath.Join(area, "repo")}}
	for _, dir := range []string{"home", "tmp", "outside"} {
		lay(t, filepath.Join(area, dir), map[string]leafed{"keep": plain(dir)})
	}
	evil := program("#!/bin/sh\necho \"$0 $@\" >>" + h.canary + "\ncat\n")
	lay(t, area, map[string]leafed{"home/evil": evil})
	lay(t, h.root, before)
	lay(t, h.root, map[string]leafed{".gitattributes": plain("* filter=evil diff=evil merge=evil\n")})
	gitAt(t, h.root, "init", "-q", "-b", "main")
	gitAt(t, h.root, "add", "-A")
	gitAt(t, h.root, "commit", "-q", "-m", "first")
	h.send(t)
	h.arm(t, h.root, true)
	h.arm(t, h.guest, false)
	t.Setenv("HOME", filepath.Join(area, "home"))
	t.Setenv("TMPDIR", filepath.Join(area, "tmp"))
	return h
}

// arm makes a repository start programs wherever git lets it. Filters of the guest's run in the guest, as they should.
func (h *host) arm(t *testing.T, root string, filters bool) {
	t.Helper()
	evil := filepath.Join(h.area, "home", "evil")
	config := map[string]string{
		"core.fsmonitor": evil, "core.pager": evil, "core.sshCommand": evil, "core.editor": evil, "diff.external": evil, "gpg.program": evil,
		"diff.evil.textconv": evil, "diff.evil.command": evil, "core.alternateRefsCommand": evil, "core.hooksPath": filepath.Join(root, ".git", "hooks"),
		"remote.origin.url": "ext::" + evil, "protocol.ext.allow": "always", "uploadpack.packObjectsHook": evil, "credential.helper": evil,
		"log.showSignature": "true", "commit.gpgSign": "true", "core.untrackedCache": "true", "transfer.fsckObjects": "false",
	}
	if filters {
		maps.Copy(config, map[string]string{"filter.evil.clean": evil, "filter.evil.smudge": evil, "filter.evil.process": evil, "filter.evil.required": "true"})
	}
	for key, value := range config {
		gitAt(t, root, "config", key, value)
	}
	for _, hook := range []string{
		"pre-commit", "post-commit", "post-checkout", "post-merge", "reference-transaction", "post-index-change", "fsmonitor-watchman", "pre-auto-gc",
		"post-rewrite", "update", "pre-receive", "post-receive", "post-update", "prepare-commit-msg", "commit-msg", "applypatch-msg",
	} {
		lay(t, filepath.Join(root, ".git", "hooks"), map[string]leafed{hook: program("#!/bin/sh\necho \"$0 $@\" >>" + h.canary + "\n")})
	}
}

// portrait is the host's and the record's; of folders that temporary files come and go in, the times do not count.
func (h *host) portrait(t *testing.T) map[string]string {
	t.Helper()
	all := portrait(t, h.area, true)
	maps.Copy(all, portrait(t, string(h.dir), true))
	delete(all, filepath.Join(h.area, "tmp"))
	delete(all, string(h.dir))
	delete(all, h.dir.exportedFile())
	return all
}

func (h *host) silent(t *testing.T) {
	t.Helper()
	if said, err := os.ReadFile(h.canary); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("programs were started: %s %v", said, err)
	}
}

func TestCanariesSing(t *testing.T) {
	h := newHost(t)
	cmd := exec.Command("git", "status")
	cmd.Dir = h.root
	cmd.Run() // it fails on such a repository, or not
	if said, _ := os.ReadFile(h.canary); !strings.Contains(string(said), "evil") {
		t.Error("git status started no program")
	}
}

var nastyParts = []string{
	".git", ".GIT", ".Git", "git~1", "GIT~1", ".git ", ".git.", ".git::$INDEX_ALLOCATION", ".g\u200cit", ".gi\ufefft", ".git\\x", "a\\.git", ".git~1",
	".gitmodules", ".GITMODULES", "gitmod~1", "gi7eba~1", ".gitattributes", ".gitignore", ".gitconfig", ".mailmap", ".bangerignore",
	"..", ".", "", "...", "a", "A", "b", "plain", "PLAIN", "folder", "sub", "config", "hooks", "HEAD", "objects", "link", "own link out",
	"a\nb", "a\tb", "a\x1b[2J", "a\rb", "\x7f", "\xff\xfe", "caf\u00e9", "cafe\u0301", "-x", "--output=x", ":(top)a", "!a", "#a", "a ", " a", "a\"b", "a\\b",
	"con", "nul", "aux", "a:b", "a*", "a?", "%s%n", "$(touch x)", "`x`", "\u202egnp", strings.Repeat("n", 255), strings.Repeat("n", 300), ".part", "export.patch",
}

var nastyContents = []string{
	"", "x", "* filter=evil diff=evil merge=evil -text\n", "[submodule \"x\"]\n\tpath = ../../x\n\turl = ext::sh -c evil\n\tupdate = !evil\n",
	"[core]\n\tfsmonitor = evil\n\thooksPath = /tmp\n", "ref: refs/heads/main\n", "gitdir: /tmp\n", "/etc/objects\n", "#!/bin/sh\nevil\n", "a\r\nb\n", "\x00\x01",
	"diff --git a/x b/../../x\n--- a/x\n+++ b/../../x\n@@ -0,0 +1 @@\n+x\n", "*\n!*/\n", strings.Repeat("*a", 30) + "\n",
	"..", "../..", "../outside/keep", "/etc/passwd", "a/../../..", ".git/config", "plain", "folder", "link", "own link out", "./a", "a//b", "\x00", strings.Repeat("y", 5000),
}

// liar makes up a guest. Whatever it does, it is the seed's.
type liar struct {
	*rand.Rand
	seed uint64
	t    *testing.T
	b    Base
}

func (l *liar) pick(from []string) string { return from[l.IntN(len(from))] }

func (l *liar) path() string {
	parts := make([]string, 1+l.IntN(3))
	for i := range parts {
		parts[i] = l.pick(nastyParts)
	}
	path := strings.Join(parts, "/")
	switch l.IntN(20) {
	case 0:
		path = "/" + path
	case 1:
		path = strings.Repeat("d/", 1+l.IntN(200)) + path
	case 2:
		path = ""
		for name := range before {
			path = max(path, name)
		}
	}
	if path == "" || len(path) > tree.MaxPath {
		return "x"
	}
	return path
}

func (l *liar) mode() tree.Mode {
	return []tree.Mode{tree.File, tree.File, tree.Program, tree.Link, tree.Link, tree.Gone, tree.Folder}[l.IntN(7)]
}

// guest answers as its dice fall. One in ten breaks off, claims too much, or calls a file by another name.
func (l *liar) guest() *scripted {
	s := &scripted{t: l.t, state: guestlink.Tree{Base: l.b.Tree, Commit: l.b.Commit, Head: l.b.Commit, Walked: l.IntN(4) == 0, Torn: l.IntN(10) == 0}}
	seen := map[string]bool{}
	for range 1 + l.IntN(12) {
		e := tree.Entry{Path: l.path(), Mode: l.mode(), Size: int64(l.IntN(100)), Aside: l.IntN(20) == 0}
		if !seen[e.Path] || l.IntN(200) == 0 {
			s.list = append(s.list, e)
		}
		seen[e.Path] = true
	}
	if l.IntN(30) == 0 {
		s.list[0].Size = 1 << (20 + l.IntN(43))
	}
	s.send = func(out io.Writer, name string) error {
		h := fnv.New64a()
		io.WriteString(h, name)
		l := &liar{rand.New(rand.NewPCG(l.seed, h.Sum64())), l.seed, l.t, l.b} // the same whatever else is asked for
		content, mode := l.pick(nastyContents), l.mode()
		switch l.IntN(200) {
		case 0:
			return errors.New("broken off")
		case 1:
			name = l.path()
		case 2:
			return errors.Join(tree.WriteEntry(out, tree.Entry{Path: name, Mode: mode, Size: 1 << 40}), errors.New("and no more"))
		}
		if mode == tree.Gone {
			content = ""
		}
		return sendFile(out, name, mode, content)
	}
	return s
}

const lies = 150

// TestNothingButTheOutputChanges has lying guests. What two exports of one guest make, a patch and changes in a working tree, is the same, and
// nothing else is touched.
func TestNothingButTheOutputChanges(t *testing.T) {
	h := newHost(t)
	out := t.TempDir()
	good := 0
	for seed := range uint64(lies) {
		was := h.portrait(t)
		patch := filepath.Join(out, "patch")
		x, err := h.lie(t, seed, ExportOptions{Patch: patch})
		unchanged(t, was, h.portrait(t))
		if left, _ := filepath.Glob(out + "/*"); len(left) > 1 || len(left) == 1 && left[0] != patch {
			t.Errorf("in the folder of the patch there is %q", left)
		}
		if err == nil {
			good++
			if good%3 == 0 && !slices.ContainsFunc(x.LeftOut, func(l LeftOut) bool { return l.Why == tooLarge }) {
				h.agree(t, seed, patch, x)
			}
		}
		os.Remove(patch)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	h.silent(t)
	if good < lies/3 {
		t.Errorf("only %d of %d exports came to something", good, lies)
	}
}

func (h *host) lie(t *testing.T, seed uint64, o ExportOptions) (Exported, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	l := &liar{rand.New(rand.NewPCG(seed, 1)), seed, t, h.base}
	return h.dir.Export(ctx, l.guest(), "/root/repo", o, nil)
}

// agree compares what a patch makes of a copy of the user's tree with what applying makes of the tree, which then is put back.
func (h *host) agree(t *testing.T, seed uint64, patch string, x Exported) {
	t.Helper()
	patched, kept := filepath.Join(t.TempDir(), "patched"), filepath.Join(t.TempDir(), "kept")
	copyTree(t, h.root, patched)
	copyTree(t, h.root, kept)
	was := h.portrait(t)
	_, err := h.lie(t, seed, ExportOptions{Apply: true})
	now := h.portrait(t)
	if err != nil {
		t.Error(err)
		return
	}
	for name := range now {
		if rel, _ := filepath.Rel(h.root, name); !strings.HasPrefix(rel, "../") && !strings.HasPrefix(rel, ".git/") && rel != ".git" {
			delete(now, name)
			delete(was, name)
		}
	}
	for name := range was { // gone files of the tree
		if rel, _ := filepath.Rel(h.root, name); !strings.HasPrefix(rel, "../") && !strings.HasPrefix(rel, ".git/") && rel != ".git" {
			delete(was, name)
		}
	}
	unchanged(t, was, now)
	if len(x.Files) > 0 {
		cmd := exec.Command("git", "-c", "core.fsmonitor=false", "apply", patch)
		cmd.Dir, cmd.Env = patched, append(os.Environ(), "GIT_DIR="+patched+"/none")
		if said, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("git apply: %s: %v", said, err)
		}
	}
	got := read(t, h.root)
	same(t, got, read(t, patched))
	for name, l := range got {
		if err := tree.CheckPath(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
		if l != before[name] && l.mode == tree.Link && tree.CheckLink(name, l.content) != nil {
			t.Errorf("%q leads to %q", name, l.content)
		}
	}
	if err := os.RemoveAll(h.root); err != nil {
		t.Fatal(err)
	}
	copyTree(t, kept, h.root)
}

func copyTree(t *testing.T, from, to string) {
	t.Helper()
	if said, err := exec.Command("cp", "-a", from, to).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
}

const evilRepositories = 40

// TestNothingButTheBranchChanges has guests whose commits are made of whatever git can be brought to put into a tree, by a git that is told not to
// look. What is taken is then free of what could do harm; what is refused changes nothing.
func TestNothingButTheBranchChanges(t *testing.T) {
	h := newHost(t)
	taken := 0
	head := gitAt(t, h.guest, "rev-parse", "HEAD")
	for seed := range uint64(evilRepositories) {
		l := &liar{rand.New(rand.NewPCG(seed, 2)), seed, t, h.base}
		h.mischief(l, head)
		was := h.portrait(t)
		x, err := h.dir.Export(t.Context(), h, h.guest, ExportOptions{Branch: "from/guest"}, nil)
		now := h.portrait(t)
		if err == nil {
			taken++
			h.harmless(t, x, head)
			h.forget(was, now)
			gitAt(t, h.root, "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "branch", "-q", "-D", "from/guest")
		}
		unchanged(t, was, now)
		if t.Failed() {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
	h.silent(t)
	if taken < evilRepositories/10 || taken > evilRepositories*9/10 {
		t.Errorf("%d of %d were taken", taken, evilRepositories)
	}
}

// mischief makes the guest's HEAD a commit on top of some that hold what they should not.
func (h *host) mischief(l *liar, head string) {
	l.t.Helper()
	at := head
	for range 1 + l.IntN(3) {
		var list strings.Builder
		names := map[string]bool{}
		for range 1 + l.IntN(2) {
			name, content := l.pick(nastyParts), l.pick(nastyContents)
			if strings.Contains(name, "/") || name == "" || names[name] {
				continue
			}
			names[name] = true
			lay(l.t, filepath.Dir(h.guest), map[string]leafed{"blob": plain(content)})
			sum := gitAt(l.t, h.guest, "hash-object", "-w", "--no-filters", "../blob")
			mode := []string{"100644", "100755", "120000", "100644"}[l.IntN(4)]
			if l.IntN(10) == 0 {
				mode, sum = "160000", head
			}
			kind := map[bool]string{true: "commit", false: "blob"}[mode == "160000"]
			list.WriteString(mode + " " + kind + " " + sum + "\t" + name + "\x00")
		}
		made, err := git{dir: h.guest, stdin: strings.NewReader(list.String())}.run(l.t.Context(), "mktree", "-z", "--missing")
		if err != nil {
			l.t.Fatal(err)
		}
		at = gitAt(l.t, h.guest, "commit-tree", "-p", at, "-m", "\x1b[2J"+l.pick(nastyContents[1:5]), strings.TrimSpace(made))
	}
	if l.IntN(2) == 0 {
		at = gitAt(l.t, h.guest, "commit-tree", "-p", at, "-m", "as it was", head+"^{tree}")
	}
	gitAt(l.t, h.guest, "-c", "core.hooksPath=/dev/null", "update-ref", "HEAD", at)
}

// harmless checks a branch that was taken, commit by commit.
func (h *host) harmless(t *testing.T, x Exported, head string) {
	t.Helper()
	r := h.base.repository().call()
	for _, commit := range strings.Fields(gitAt(t, h.root, "-c", "core.fsmonitor=false", "rev-list", "from/guest", "^"+head)) {
		all, err := leaves(t.Context(), r, commit)
		if err != nil {
			t.Fatal(err)
		}
		own, err := leaves(t.Context(), r, head)
		if err != nil {
			t.Fatal(err)
		}
		for path, l := range all {
			if own[path] == l {
				continue
			}
			if err := tree.CheckPath(path); err != nil || l.mode == gitlink {
				t.Errorf("%q in %s: %v", path, commit, err)
			}
			if l.mode != tree.Link {
				continue
			}
			target, err := r.run(t.Context(), "cat-file", "blob", l.sum)
			if err != nil || tree.CheckLink(path, target) != nil {
				t.Errorf("%q leads to %q (%v)", path, target, err)
			}
		}
	}
	if _, err := r.run(t.Context(), "fsck", "--strict", "--no-dangling"); err != nil {
		t.Error(err)
	}
}

// forget drops from two portraits what a new branch is: the reference, its log, and a pack with index.
func (h *host) forget(was, now map[string]string) {
	git := filepath.Join(h.root, ".git")
	for name := range now {
		rel, _ := filepath.Rel(git, name)
		switch {
		case rel == "objects/pack", slices.Contains([]string{"refs/heads", "refs/heads/from", "refs/heads/from/guest"}, strings.TrimPrefix(rel, "logs/")):
		case strings.HasPrefix(rel, "objects/pack/pack-") && was[name] == "" && (strings.HasSuffix(rel, ".pack") || strings.HasSuffix(rel, ".idx")):
		default:
			continue
		}
		delete(now, name)
		delete(was, name)
	}
}
