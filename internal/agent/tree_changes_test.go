package agent_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"banger/internal/guestlink"
)

// shell changes the workspace as somebody in the guest would.
func (s *space) shell(t testing.TB, script string) {
	t.Helper()
	cmd := exec.Command("sh", "-euc", script)
	cmd.Dir = s.path
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@b",
		"GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@b")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v, %s", script, err, out)
	}
}

// lists checks the list of changes.
func (s *space) lists(t testing.TB, want string) guestlink.Tree {
	t.Helper()
	before := everything(t, s.path)
	state, found := s.changes(t)
	if got := listed(found); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if after := everything(t, s.path); after != before {
		t.Errorf("asking has changed something:\n%s\nwas\n%s", after, before)
	}
	return state
}

func TestChanges(t *testing.T) {
	base := []file{plainFile("a", "one"), plainFile("d/b", "two"), program("d/e/p", "#!"), linkTo("l", "a"), plainFile("x", "x"), {Entry: folderEntry("module").Entry}}
	for name, tc := range map[string]struct{ script, want string }{
		"nothing":               {"cat a d/b >/dev/null", ""},
		"touched":               {"touch a d/b; touch -h l", ""},
		"written as it was":     {"cp a t; mv t a", ""},
		"edited":                {"echo 1 >>a", `"a" file known`},
		"edited back in time":   {"touch -r a /tmp/$$; printf 1wo >d/b; touch -r /tmp/$$ d/b; rm /tmp/$$", `"d/b" file known`},
		"made a program":        {"chmod +x a", `"a" program known`},
		"made none":             {"chmod -x d/e/p", `"d/e/p" file known`},
		"of no matter to git":   {"chmod 600 a", ""},
		"gone":                  {"rm a", `"a" gone`},
		"a folder is gone":      {"rm -r d", `"d/b" gone, "d/e/p" gone`},
		"new":                   {"echo n >new; mkdir -p m/n; ln -s /etc m/n/l; mkdir empty; touch m/p; chmod +x m/p", `"m/n/l" link, "m/p" program, "new" file`},
		"renamed":               {"mv d/b d/c", `"d/b" gone, "d/c" file`},
		"a link elsewhere":      {"ln -sfn x l", `"l" link known`},
		"link for file":         {"ln -sf x a", `"a" link known`},
		"file for link":         {"rm l; printf a >l", `"l" file known`},
		"folder for file":       {"rm a; mkdir a; touch a/f", `"a" gone, "a/f" file`},
		"file for folder":       {"rm -r d; touch d", `"d" file, "d/b" gone, "d/e/p" gone`},
		"link for folder":       {"mv d /tmp/d$$; ln -s /tmp/d$$ d; rm -r /tmp/d$$", `"d" link, "d/b" gone, "d/e/p" gone`},
		"link to a folder":      {"mv d c; ln -s c d", `"c/b" file, "c/e/p" program, "d" link, "d/b" gone, "d/e/p" gone`},
		"pipe for file":         {"rm a; mkfifo a; mkfifo other", `"a" gone`},
		"in a module":           {"touch module/f", `"module/f" file`},
		"a module is gone":      {"rmdir module", ""},
		"file for module":       {"rmdir module; touch module", `"module" file`},
		"repositories within":   {"mkdir -p in/.git/x; touch in/.git/f in/f .gitignore; touch x.o; echo '*.o' >.gitignore", `".gitignore" file, "in/f" file, "x.o" file`},
		"odd names":             {"touch \"$(printf 'n\\nl')\" \"$(printf '\\377')\"", `"n\nl" file, "\xff" file`},
		"folder with no rights": {"mkdir q; touch q/f; chmod 0 q; chmod 700 q", `"q/f" file`},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSpace(t)
			s.put(t, "base", base...)
			s.shell(t, tc.script)
			if state := s.lists(t, tc.want); state.Base != "base" || state.Commit != "commit of base" || state.Torn {
				t.Errorf("%+v", state)
			}
			if err := s.tryPut(t, guestlink.TreePut{}, "again", base...); err != nil {
				if name != "folder for file" { // what is in it would be lost
					t.Error(err)
				}
				return
			}
			_, found := s.changes(t)
			for path, e := range found {
				if e.Sum != nil || slices.ContainsFunc(base, func(f file) bool { return f.Path == path }) {
					t.Errorf("sent again, %q has changed", path)
				}
			}
		})
	}
}

func folderEntry(path string) file {
	f := goneFile(path)
	f.Mode = 0o040000
	return f
}

func TestWithoutARecord(t *testing.T) {
	s := newSpace(t)
	if err := os.MkdirAll(s.path, 0o755); err != nil {
		t.Fatal(err)
	}
	s.shell(t, "mkdir d; touch a d/b")
	if state := s.lists(t, `"a" file, "d/b" file`); state != (guestlink.Tree{Walked: true}) {
		t.Errorf("%+v", state)
	}
	s.put(t, "base", plainFile("a", "1"))
	other := *s
	other.path = s.at("d")
	if state := other.lists(t, `"b" file`); state != (guestlink.Tree{Walked: true}) {
		t.Errorf("of another path: %+v", state)
	}
}

// TestPutsAddUp: what a later put does not name is known still, and what nobody has sent is never taken for known.
func TestPutsAddUp(t *testing.T) {
	s := newSpace(t)
	s.put(t, "one", plainFile("a", "1"), plainFile("d/b", "1"))
	s.shell(t, "touch new d/new")
	s.put(t, "two", plainFile("d/c", "1"))
	s.lists(t, `"d/new" file, "new" file`)
	s.put(t, "three", plainFile("a", "2"), plainFile("e/f", "3"))
	s.shell(t, "rm d/b; rm d/c; touch e/g")
	if state := s.lists(t, `"d/b" gone, "d/c" gone, "d/new" file, "e/g" file, "new" file`); state.Base != "three" {
		t.Errorf("%+v", state)
	}
	s.put(t, "four", goneFile("d/b"), plainFile("d/c", "4"))
	s.lists(t, `"d/new" file, "e/g" file, "new" file`)
}

// withGit puts a real repository: files, and git's folder aside.
func (s *space) withGit(t *testing.T, files ...file) {
	t.Helper()
	repo := &space{path: t.TempDir()}
	script := "git init -q -b main"
	for _, f := range files {
		if err := os.MkdirAll(repo.at(f.Path[:strings.LastIndex("/"+f.Path, "/")]), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(repo.at(f.Path), []byte(f.content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	repo.shell(t, script+"; git add -A; git commit -qm one; rm -r .git/hooks")
	s.putRepository(t, repo, files...)
}

func (s *space) putRepository(t *testing.T, repo *space, files ...file) {
	t.Helper()
	for _, name := range strings.Split(repo.says(t, "find .git -type f"), "\n") {
		content, err := os.ReadFile(repo.at(name))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, aside(plainFile(name, string(content))))
	}
	files = append(files, aside(folderEntry(".git/refs/tags")))
	if err := s.tryPut(t, guestlink.TreePut{Commit: repo.says(t, "git rev-parse HEAD")}, "base", files...); err != nil {
		t.Fatal(err)
	}
}

func (s *space) says(t testing.TB, script string) string {
	t.Helper()
	cmd := exec.Command("sh", "-euc", script)
	cmd.Dir = s.path
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	return strings.TrimSpace(string(out))
}

func TestGitSaysWhatIsNew(t *testing.T) {
	for name, tc := range map[string]struct{ script, want string }{
		"nothing":            {":", ""},
		"ignored":            {"touch x.o d/x.o; mkdir -p build/a; touch build/a/b", ""},
		"excluded":           {"echo secret >>.git/info/exclude; touch secret", ""},
		"new":                {"touch n; git add n; touch m d/k", `"d/k" file, "m" file, "n" file`},
		"added by force":     {"touch x.o; git add -f x.o", `"x.o" file`},
		"committed":          {"echo 2 >f; git rm -q d/g; touch n; git add n; git commit -qam two; rm n", `"d/g" gone, "f" file known`},
		"not tracked now":    {"git rm -q --cached f; echo f >>.gitignore", `".gitignore" file known`},
		"a repository in it": {"git init -q in; touch in/a in/b.o in/c.x; echo '*.x' >in/.gitignore; git -C in add a", `"in/.gitignore" file, "in/a" file, "in/b.o" file`},
		"a submodule":        {"git init -q in; touch in/a; git -C in add a; git -C in commit -qm x; git add in 2>/dev/null; touch in/b", `"in/a" file, "in/b" file`},
		"a submodule of plain files": {"git init -q in; echo x >in/.gitignore; git -C in add .; git -C in commit -qm x; git add in 2>/dev/null; rm -r in/.git; touch in/f in/x in/y.o",
			`"in/.gitignore" file, "in/f" file, "in/y.o" file`},
		"a repository for a file": {"rm f; git init -q f; touch f/a; git -C f add a; git -C f commit -qm x", `"f" gone, "f/a" file`},
		"a monitor":               {"printf '#!/bin/sh\\ntouch monitored\\n' >../monitor; chmod +x ../monitor; git config core.fsmonitor $PWD/../monitor; git status >/dev/null; rm monitored; touch n", `"n" file`},
		"links":                   {"ln -s d/g l; mv d e; ln -s e d", `"d" link, "d/g" gone, "e/g" file, "l" link`},
		"conflict":                {"git checkout -qb b; echo b >f; echo b >n; git add n; git commit -qam b; git checkout -q main; echo c >f; echo c >n; git add n; git commit -qam c; git merge -q b >/dev/null || :", `"f" file known, "n" file`},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSpace(t)
			s.withGit(t, plainFile("f", "1"), plainFile("d/g", "1"), plainFile(".gitignore", "*.o\nbuild\n!in/*.o\n"))
			if name == "a repository in it" || name == "a submodule of plain files" {
				s.shell(t, "mkdir in") // a folder that was there is as good as a new one
			}
			s.shell(t, tc.script)
			state := s.lists(t, tc.want)
			if head := s.says(t, "git rev-parse HEAD"); state.Head != head || state.Walked {
				t.Errorf("%+v, HEAD is %s", state, head)
			}
		})
	}
}

// TestNoGitToAsk: everything is listed, and so said.
func TestNoGitToAsk(t *testing.T) {
	for name, prepare := range map[string]func(t *testing.T, s *space){
		"git is broken":     func(t *testing.T, s *space) { s.shell(t, "rm .git/HEAD") },
		"no git at all":     func(t *testing.T, s *space) { s.environment(t, map[string]string{"PATH": t.TempDir()}) },
		"git complains":     func(t *testing.T, s *space) { s.stubGit(t, "seq 100000 >&2; exit 3") },
		"broken in another": func(t *testing.T, s *space) { s.shell(t, "git init -q ..; rm .git/HEAD") },
		"git of another":    func(t *testing.T, s *space) { s.shell(t, "git init -q ..; rm -r .git") },
	} {
		t.Run(name, func(t *testing.T) {
			s := newSpace(t)
			s.withGit(t, plainFile("f", "1"), plainFile(".gitignore", "*.o"))
			prepare(t, s)
			s.shell(t, "touch x.o; mkdir .git/dirty 2>/dev/null || :; rm f")
			if state := s.lists(t, `"f" gone, "x.o" file`); !state.Walked || state.Head != "" {
				t.Errorf("%+v", state)
			}
		})
	}
}

func (s *space) environment(t *testing.T, env map[string]string) {
	t.Helper()
	if _, err := s.Call(t.Context(), guestlink.Request{Op: guestlink.OpConfigure, Configure: &guestlink.Configure{Env: env}}); err != nil {
		t.Fatal(err)
	}
}

// stubGit has a script be the guest's git.
func (s *space) stubGit(t *testing.T, script string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/git", []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	name, value, _ := strings.Cut(thisRun, "=")
	s.environment(t, map[string]string{"PATH": dir + ":" + os.Getenv("PATH"), name: value})
}

// TestNothingChangedAsksNobody: neither does a file that was only touched; git is asked only for what it alone knows.
func TestNothingChangedAsksNobody(t *testing.T) {
	s := newSpace(t)
	s.withGit(t, plainFile("f", "1"), plainFile("d/g", "1"), folderEntry("module"))
	head := s.says(t, "git rev-parse HEAD")
	log := t.TempDir() + "/log"
	s.stubGit(t, "echo $* >>"+log+"; exec "+s.says(t, "which git")+` "$@"`)
	asked := func(script, want string, verbs ...string) {
		t.Helper()
		os.Remove(log)
		s.shell(t, script)
		if state := s.lists(t, want); state.Walked || state.Head != s.says(t, "git rev-parse HEAD") {
			t.Errorf("%s: %+v", script, state)
		}
		text, _ := os.ReadFile(log)
		for _, verb := range []string{"ls-files", "rev-parse"} {
			if got := strings.Contains(string(text), verb); got != slices.Contains(verbs, verb) {
				t.Errorf("%s: git was told %q", script, text)
			}
		}
	}
	asked(":", "")
	asked("touch f; echo 2 >d/g", `"d/g" file known`)
	if err := s.tryPut(t, guestlink.TreePut{Commit: head}, "again", plainFile("d/g", "3"), plainFile("d/h/i", "1"), aside(plainFile(".git/new", ""))); err != nil {
		t.Fatal(err)
	}
	asked(":", "")
	asked("touch n", `"n" file`, "ls-files")
	asked("rm n; git update-ref refs/tags/x HEAD", "", "ls-files", "rev-parse")
	asked("git commit -q --allow-empty -m two", "", "ls-files", "rev-parse")
}

// TestNoChangeHidesInATick: a file system in memory may stamp with a time that was before the last put's end.
func TestNoChangeHidesInATick(t *testing.T) {
	memory, err := os.MkdirTemp("/dev/shm", "banger-test-")
	if err != nil {
		memory = t.TempDir()
	}
	defer os.RemoveAll(memory)
	s := newSpace(t)
	for i := range 20 {
		s.path = fmt.Sprintf("%s/%d", memory, i)
		s.put(t, "one", plainFile("a", "1"), plainFile("c/x", "2"))
		s.changes(t)
		s.put(t, "two", plainFile("b/c", "3"), plainFile("c/c/y", "4"))
		if err := os.Link(s.at("c/x"), s.at("c/c/new")); err != nil {
			t.Fatal(err)
		}
		if _, found := s.changes(t); listed(found) != `"c/c/new" file` {
			t.Fatalf("time %d: %s", i, listed(found))
		}
	}
}

// TestAskersThatGoLeaveNoProcess, neither of a git that does not end.
func TestAskersThatGoLeaveNoProcess(t *testing.T) {
	s := newSpace(t)
	s.withGit(t, plainFile("f", "1"))
	s.shell(t, "touch n")
	s.stubGit(t, "trap '' HUP; sleep 3011; sleep 3011")
	stream, err := s.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	req := guestlink.Request{Op: guestlink.OpTreeChanges, TreeChanges: &guestlink.TreeChanges{Path: s.path, Record: s.record}}
	if err := guestlink.WriteMessage(stream, req); err != nil {
		t.Fatal(err)
	}
	eventually(t, "git to be asked", func() bool { return alive("3011") })
	if n := s.execs(t); n != 1 {
		t.Errorf("the agent says that it has %d commands", n)
	}
	stream.Close()
	eventually(t, "git to be ended", func() bool { return !alive("3011") })
	eventually(t, "the agent to be done with it", func() bool { return s.execs(t) == 0 })
}

// TestFilesThatShrinkMeanwhile, each time they are read, are an error with their name.
func TestFilesThatShrinkMeanwhile(t *testing.T) {
	s := newSpace(t)
	s.put(t, "base", plainFile("f", "1"))
	grown := time.Now().Add(-time.Hour)
	if err := errors.Join(os.Truncate(s.at("f"), 1<<30), os.Chtimes(s.at("f"), grown, grown)); err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
				syscall.Truncate(s.at("f"), 1<<30)
				syscall.Truncate(s.at("f"), 1<<20)
			}
		}
	}()
	defer func() { close(stop); <-done }()
	eventually(t, "the file to be caught getting shorter", func() bool {
		stream, _, err := s.ask(t, guestlink.Request{Op: guestlink.OpTreeChanges, TreeChanges: &guestlink.TreeChanges{Path: s.path, Record: s.record}})
		if err != nil {
			t.Fatal(err)
		}
		end, err := guestlink.NewBulkReader(stream).End()
		return err == nil && end.Error != nil && strings.Contains(end.Error.Message, `"f": it got shorter`)
	})
}
