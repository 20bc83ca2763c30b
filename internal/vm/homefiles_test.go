package vm

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"banger/internal/archive"
	"banger/internal/config"
	"banger/internal/guestlink"
	"banger/internal/model"
	"banger/internal/problem"
)

// addHomeFile makes a file in the user's home that every guest gets.
func (b *bench) addHomeFile(name, text string) {
	b.t.Helper()
	if b.homeFiles.Home == "" {
		b.homeFiles.Home = b.t.TempDir()
	}
	if err := os.WriteFile(filepath.Join(b.homeFiles.Home, name), []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
	b.homeFiles.Entries = append(b.homeFiles.Entries, config.FileSync{Host: name, Guest: name})
}

// got is what a machine was sent last under a name, and it forgets that.
func (b *bench) got(ref, name string) string {
	b.t.Helper()
	d, to := b.world.double(b.show(ref).ID), b.t.TempDir()
	if d.copied == nil {
		return "nothing"
	}
	if _, err := archive.UnpackInto(bytes.NewReader(d.copied), to, archive.Options{}); err != nil {
		b.t.Fatal(err)
	}
	d.copied = nil
	text, err := os.ReadFile(filepath.Join(to, name))
	if err != nil {
		b.t.Fatal(err)
	}
	return string(text)
}

func TestEveryStartCopiesHomeFiles(t *testing.T) {
	b := newBench(t)
	b.addSpare()
	b.create(ask("web")) // a spare
	if text := b.got("web", ".npmrc"); text != "token" {
		t.Errorf("a spare: %s", text)
	}
	b.create(ask("forked"))
	if text := b.got("forked", ".npmrc"); text != "token" {
		t.Errorf("a fork: %s", text)
	}
	path := filepath.Join(b.homeFiles.Home, ".npmrc")
	if err := os.WriteFile(path, []byte("renewed"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Restart(t.Context(), "web", 0, nil); err != nil {
		t.Fatal(err)
	}
	if text := b.got("web", ".npmrc"); text != "renewed" {
		t.Errorf("a restart: %s", text)
	}
	second(b.Pause(t.Context(), "web"))
	second(b.Resume(t.Context(), "web"))
	if text := b.got("web", ".npmrc"); text != "nothing" {
		t.Errorf("a resume: %s", text)
	}
	forks, err := b.Fork(t.Context(), "web", 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	if text := b.got(forks.VMs[0].Name, ".npmrc"); text != "nothing" {
		t.Errorf("a copy of a VM that runs: %s", text)
	}
	b.snapshot("web", "s")
	if b.restored("web", "s", true); b.got("web", ".npmrc") != "nothing" {
		t.Error("a restore of memory copied something")
	}
}

func TestMissingHomeFilesAreNoticed(t *testing.T) {
	b := newBench(t)
	if err := os.Remove(filepath.Join(b.homeFiles.Home, ".npmrc")); err != nil {
		t.Fatal(err)
	}
	b.failAt("call copy", func(context.Context) error { t.Error("it is asked to take nothing"); return nil })
	started, err := b.Create(t.Context(), ask("web"), nil)
	if err != nil || len(started.Notices) != 1 || !strings.Contains(started.Notices[0], `no "~/.npmrc"`) {
		t.Errorf("%q, %v", started.Notices, err)
	}
	b.stop("web")
	started, err = b.Start(t.Context(), "web", nil)
	if err != nil || len(started.Notices) != 1 {
		t.Errorf("a later start: %q, %v", started.Notices, err)
	}
}

func TestHomeFilesThatAreRefused(t *testing.T) {
	b := newBench(t)
	b.failAt("call copy", func(context.Context) error {
		return &guestlink.Error{Code: guestlink.CodeFailed, Message: `write ".npmrc": there is a folder of that name`}
	})
	_, err := b.Create(t.Context(), ask("web"), nil)
	wantCode(t, err, problem.Conflict)
	if !strings.Contains(err.Error(), "copy file_sync into its guest: ") || !strings.Contains(problem.RemedyOf(err), "file_sync") {
		t.Errorf("the guest refuses: %v; %s", err, problem.RemedyOf(err))
	}
	b.mustBeGone()
	b.world.setAt(nil)
	if err := os.Symlink("/etc/passwd", filepath.Join(b.homeFiles.Home, "out")); err != nil {
		t.Fatal(err)
	}
	b.homeFiles.Entries = []config.FileSync{{Host: "out", Guest: "in"}}
	b.restart()
	_, err = b.Create(t.Context(), ask("web"), nil)
	wantCode(t, err, problem.Invalid)
	b.mustBeGone()
}

func TestGuestsKnowWhoCommits(t *testing.T) {
	b := newBench(t)
	b.identity = guestlink.Identity{Name: "Ada", Email: "ada@example.org"}
	v := b.create(ask("web"))
	if who := b.world.double(v.ID).configure.Git; who == nil || *who != b.identity {
		t.Errorf("it was told %+v", who)
	}
	b.identity = guestlink.Identity{}
	if _, err := b.Restart(t.Context(), "web", 0, nil); err != nil {
		t.Fatal(err)
	}
	if who := b.world.double(v.ID).configure.Git; who == nil || who.Name != "" {
		t.Errorf("when nobody is known it was told %+v", who)
	}
	b.mustBe(model.StateRunning)
}
