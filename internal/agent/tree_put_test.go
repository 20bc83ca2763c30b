package agent_test

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"banger/internal/guestlink"
	"banger/internal/tree"
)

// shows checks what lies at name: "file CONTENT", "program CONTENT", "link TARGET", "folder" or "nothing".
func (s *space) shows(t *testing.T, name, want string) {
	t.Helper()
	got := "nothing"
	if info, err := os.Lstat(s.at(name)); err == nil {
		switch mode := info.Mode(); {
		case mode.IsDir():
			got = "folder"
		case mode&os.ModeSymlink != 0:
			target, _ := os.Readlink(s.at(name))
			got = "link " + target
		case mode == 0o755 || mode == 0o644:
			content, _ := os.ReadFile(s.at(name))
			got = map[os.FileMode]string{0o755: "program ", 0o644: "file "}[mode] + string(content)
		default:
			got = mode.String()
		}
	}
	if got != want {
		t.Errorf("%s is %q, want %q", name, got, want)
	}
}

func TestPutWritesWhatWasSent(t *testing.T) {
	s := newSpace(t)
	large := strings.Repeat("0123456789abcdef\x00", 200_000)
	timed := plainFile("timed", "t")
	timed.Time = 1_000_000_000_123_456_789
	old := linkTo("old link", "nowhere")
	old.Time = -5
	s.put(t, "base", plainFile("a", "one"), program("b/c/d", "#!"), plainFile("b/large", large), linkTo("b/l", "../a"),
		file{Entry: tree.Entry{Path: "module/m", Mode: tree.Folder}}, aside(plainFile(".git/HEAD", "ref")), plainFile("odd \xff\n", ""), timed, old)
	for name, want := range map[string]string{
		"a": "file one", "b/c/d": "program #!", "b/large": "file " + large, "b/l": "link ../a", "module/m": "folder", ".git/HEAD": "file ref",
		"odd \xff\n": "file ", "timed": "file t",
	} {
		s.shows(t, name, want)
	}
	for name, want := range map[string]int64{"timed": timed.Time, "old link": -5} {
		if info, err := os.Lstat(s.at(name)); err != nil || info.ModTime().UnixNano() != want {
			t.Errorf("%s: %v, %v", name, info.ModTime(), err)
		}
	}
	if info, err := os.Stat(s.at("a")); err != nil || time.Since(info.ModTime()) > patience {
		t.Errorf("a file without a time has %v, %v", info.ModTime(), err)
	}
	for name, want := range map[string]bool{s.record: true, s.record + ".torn": false, s.record + ".new": false} {
		if _, err := os.Stat(name); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestModesWhateverTheUmask are git's.
func TestModesWhateverTheUmask(t *testing.T) {
	old := syscall.Umask(0o077)
	s := newSpace(t)
	syscall.Umask(old)
	s.put(t, "base", plainFile("a", "1"), program("b", "2"))
	s.shows(t, "a", "file 1")
	s.shows(t, "b", "program 2")
	s.lists(t, "")
}

// TestPutReplaces: whatever lies where a file or a folder is to be, but never a folder that has something in it.
func TestPutReplaces(t *testing.T) {
	s := newSpace(t)
	outside := t.TempDir()
	s.put(t, "one", plainFile("file", "1"), plainFile("f2l", "1"), linkTo("l2f", outside+"/victim"), plainFile("f2d", "1"), linkTo("l2d", outside),
		plainFile("d2f/x", "1"), plainFile("full/x", "1"), program("p", "1"), linkTo("l2l", "a"))
	if err := os.WriteFile(outside+"/victim", []byte("whole"), 0o600); err != nil {
		t.Fatal(err)
	}
	held, err := os.Open(s.at("file"))
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	s.put(t, "two", goneFile("d2f/x"), plainFile("d2f", "2"), plainFile("f2d/y", "2"), linkTo("f2l", "file"), plainFile("file", "longer"),
		plainFile("l2d/victim", "2"), plainFile("l2f", "2"), linkTo("l2l", "b"), plainFile("p", "2"))
	for name, want := range map[string]string{
		"file": "file longer", "f2l": "link file", "l2f": "file 2", "f2d/y": "file 2", "l2d": "folder", "l2d/victim": "file 2", "d2f": "file 2",
		"full/x": "file 1", "p": "file 2", "l2l": "link b",
	} {
		s.shows(t, name, want)
	}
	if text, _ := os.ReadFile(outside + "/victim"); string(text) != "whole" {
		t.Errorf("a file outside is %q", text)
	}
	if b := make([]byte, 1); true {
		if _, err := held.Read(b); err != nil || b[0] != '1' {
			t.Errorf("who had the old file open reads %q, %v", b, err)
		}
	}
	for _, f := range []file{plainFile("full", "3"), linkTo("full", "3")} {
		err := s.tryPut(t, guestlink.TreePut{}, "three", f)
		if refusal, ok := errors.AsType[*guestlink.Error](err); !ok || refusal.Code != guestlink.CodeOccupied || !strings.Contains(err.Error(), `"full"`) {
			t.Errorf("in the place of a folder with content: %v", err)
		}
		s.shows(t, "full/x", "file 1")
	}
	if names, err := os.ReadDir(s.path); err != nil || len(names) != 9 {
		t.Errorf("%v is left, %v", names, err)
	}
}

func TestPutTakesAway(t *testing.T) {
	s := newSpace(t)
	s.put(t, "one", plainFile("a/b/c/d", ""), plainFile("a/b/e", ""), plainFile("x/y", ""), plainFile("was/f", ""), plainFile("now", ""), aside(plainFile(".git/refs/heads/main", "")))
	if err := errors.Join(os.Remove(s.at("now")), os.MkdirAll(s.at("now/dear"), 0o755), os.RemoveAll(s.at("was")), os.WriteFile(s.at("was"), []byte("new"), 0o644)); err != nil {
		t.Fatal(err)
	}
	gitFile := aside(goneFile(".git/refs/heads/main"))
	s.put(t, "two", goneFile("a/b/c/d"), goneFile("never/there"), goneFile("x/y"), goneFile("was/f"), goneFile("now"), gitFile)
	for name, want := range map[string]string{
		"a/b/c": "nothing", "a/b/e": "file ", "x": "nothing", "never": "nothing", "was": "file new", "now/dear": "folder", ".git/refs/heads": "folder", ".git/refs/heads/main": "nothing",
	} {
		s.shows(t, name, want)
	}
	s.put(t, "three", goneFile("a/b/e"), goneFile("was"))
	if names, err := os.ReadDir(s.path); err != nil || len(names) != 2 {
		t.Errorf("%v is left, %v", names, err)
	}
	if state, found := s.changes(t); state.Base != "three" || len(found) > 0 {
		t.Errorf("%+v, %s", state, listed(found))
	}
}

func TestFreshTakesNoFolderThatHasSomethingInIt(t *testing.T) {
	s := newSpace(t)
	fresh := guestlink.TreePut{Fresh: true}
	if err := s.tryPut(t, fresh, "one", plainFile("a", "1")); err != nil {
		t.Errorf("where nothing is: %v", err)
	}
	occupied := func(what string) {
		t.Helper()
		err := s.tryPut(t, fresh, "two", plainFile("a", "2"))
		if refusal, ok := errors.AsType[*guestlink.Error](err); !ok || refusal.Code != guestlink.CodeOccupied || !strings.Contains(err.Error(), s.path) {
			t.Errorf("%s: %v", what, err)
		}
	}
	occupied("where a file is")
	s.shows(t, "a", "file 1")
	if state, found := s.changes(t); state.Base != "one" || state.Torn || len(found) > 0 {
		t.Errorf("after the refusal: %+v, %s", state, listed(found))
	}
	if err := os.Remove(s.at("a")); err != nil {
		t.Fatal(err)
	}
	if err := s.tryPut(t, fresh, "two", plainFile("b", "2")); err != nil {
		t.Errorf("in an empty folder: %v", err)
	}
	if state, found := s.changes(t); state.Base != "two" || len(found) > 0 {
		t.Errorf("what was known before is known still: %+v, %s", state, listed(found))
	}
	s.path = s.at("b")
	occupied("in the place of a file")
}

func TestPutsThatAreRefused(t *testing.T) {
	s := newSpace(t)
	long := linkTo("l", strings.Repeat("x", tree.MaxPath+1))
	content := file{tree.Entry{Path: "f", Mode: tree.Folder, Size: 1}, "x"}
	for what, f := range map[string]file{
		"plain relative": plainFile("../x", ""), "git's own": plainFile(".git/config", ""), "git's  own": aside(plainFile(".git/x/.git", "")), "not git's": aside(plainFile("x", "")),
		"no link can": long, "no  link can": linkTo("l", ""), "is no file": content,
	} {
		err := s.tryPut(t, guestlink.TreePut{}, "base", f)
		if refusal, ok := errors.AsType[*guestlink.Error](err); !ok || refusal.Code != guestlink.CodeInvalid || !strings.Contains(err.Error(), strings.ReplaceAll(what, "  ", " ")) {
			t.Errorf("%q: %v, want %q", f.Path, err, what)
		}
	}
	if err := s.tryPut(t, guestlink.TreePut{}, ""); err == nil || !strings.Contains(err.Error(), "which tree") {
		t.Errorf("without a base: %v", err)
	}
	for _, req := range []guestlink.Request{
		{Op: guestlink.OpTreePut}, {Op: guestlink.OpTreePut, TreePut: &guestlink.TreePut{Path: "x", Record: s.record}}, {Op: guestlink.OpTreeChanges},
		{Op: guestlink.OpTreeGet}, {Op: guestlink.OpTreeGet, TreeGet: &guestlink.TreeGet{Path: "x"}},
	} {
		_, _, err := s.ask(t, req)
		if refusal, ok := errors.AsType[*guestlink.Error](err); !ok || refusal.Code != guestlink.CodeInvalid {
			t.Errorf("%s: %v", req.Op, err)
		}
	}
	_, _, err := s.ask(t, guestlink.Request{Op: guestlink.OpTreeChanges, TreeChanges: &guestlink.TreeChanges{Path: s.path + "/none", Record: s.record}})
	if refusal, ok := errors.AsType[*guestlink.Error](err); !ok || refusal.Code != guestlink.CodeNotFound {
		t.Errorf("of a folder that is not there: %v", err)
	}
}

// TestPutThatIsCut: the host goes in the middle of a file, of a stream, or says itself that it cannot go on.
func TestPutThatIsCut(t *testing.T) {
	s := newSpace(t)
	large := strings.Repeat("x", 1<<20)
	cut := func(how func(out *guestlink.BulkWriter) error) {
		t.Helper()
		stream, out, err := s.begin(t, guestlink.TreePut{})
		if err == nil {
			err = how(out)
		}
		if err != nil {
			t.Fatal(err)
		}
		stream.Close()
		s.put(t, "other", goneFile("no matter")) // its turn comes when the other's has ended
	}
	inFile := func(name string) func(out *guestlink.BulkWriter) error {
		return func(out *guestlink.BulkWriter) error {
			f := plainFile(name, large)
			f.Size++
			return errors.Join(send(out, plainFile("before", "x"), f))
		}
	}
	cut(inFile("new"))
	s.shows(t, "new", "nothing")
	s.put(t, "base", plainFile("a", "1"))
	cut(inFile("a"))
	s.shows(t, "a", "file 1")
	if names, err := os.ReadDir(s.path); err != nil || len(names) != 2 {
		t.Errorf("%v is left, %v", names, err)
	}
	stream, out, err := s.begin(t, guestlink.TreePut{})
	refusal := &guestlink.Error{Code: guestlink.CodeFailed, Message: "it changes too often"}
	if err := errors.Join(err, send(out, plainFile("a", "2")), out.End(guestlink.CopyEnd{Error: refusal})); err != nil {
		t.Fatal(err)
	}
	if end, err := guestlink.NewBulkReader(stream).End(); err != nil || end.Error == nil || end.Error.Message != refusal.Message || end.Tree != "" {
		t.Errorf("the guest ends with %+v, %v", end, err)
	}
	if state, found := s.changes(t); listed(found) != `"a" file known, "before" file` || state.Base != "other" || !state.Torn {
		t.Errorf("%+v, %s", state, listed(found))
	}
	s.put(t, "last", plainFile("a", "3"))
	if state, found := s.changes(t); state.Base != "last" || state.Torn || listed(found) != `"before" file` {
		t.Errorf("%+v, %s", state, listed(found))
	}
}

// TestFirstPutThatIsCut is torn without a base.
func TestFirstPutThatIsCut(t *testing.T) {
	s := newSpace(t)
	stream, out, err := s.begin(t, guestlink.TreePut{Fresh: true})
	if err := errors.Join(err, send(out, plainFile("a", strings.Repeat("x", 200_000)))); err != nil {
		t.Fatal(err)
	}
	stream.Close()
	eventually(t, "it to be torn", func() bool {
		state, _ := s.changes(t)
		return state.Torn && state.Base == ""
	})
	if state, found := s.changes(t); !state.Walked || len(found) > 1 {
		t.Errorf("%+v, %s", state, listed(found))
	}
}

// TestPutAfterADamagedRecord: what cannot be read is told, and is in nobody's way.
func TestPutAfterADamagedRecord(t *testing.T) {
	s := newSpace(t)
	s.put(t, "one", plainFile("a", "1"))
	whole, err := os.ReadFile(s.record)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", "banger workspace 0\n", string(whole[:len(whole)-1]), string(whole[:30])} {
		if err := os.WriteFile(s.record, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, _, err = s.ask(t, guestlink.Request{Op: guestlink.OpTreeChanges, TreeChanges: &guestlink.TreeChanges{Path: s.path, Record: s.record}})
		if err == nil || !strings.Contains(err.Error(), s.record+" is damaged") {
			t.Errorf("%.20q: %v", text, err)
		}
	}
	s.put(t, "two", plainFile("a", "2"))
	if state, found := s.changes(t); state.Base != "two" || state.Torn || len(found) > 0 {
		t.Errorf("%+v, %s", state, listed(found))
	}
}
