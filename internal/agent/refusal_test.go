package agent_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"banger/internal/guestlink"
)

func TestCommandsThatCannotRun(t *testing.T) {
	dir := t.TempDir()
	for name, file := range map[string]struct {
		text string
		mode os.FileMode
	}{
		"plain":     {"#!/bin/sh\n", 0o644},
		"orphan":    {"#!/no/such/interpreter\n", 0o755},
		"gibberish": {"\x7fnot an ELF", 0o755},
		"good":      {"#!/bin/sh\nexit 0\n", 0o755},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(file.text), file.mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "folder", "good"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	g := start(t)
	for _, tc := range []struct {
		name, path string // path is PATH; empty: the default
		want       guestlink.Code
	}{
		{"good", dir, ""},
		{"good", "/nowhere:" + dir, ""},
		{"good", dir + "/folder:" + dir, ""}, // the first cannot be run
		{"good", ":/nowhere", ""},            // an empty element is the working directory
		{"./good", "", ""},
		{dir + "/good", "", ""},
		{"no-such-command", "", guestlink.CodeNotFound},
		{"good", "/nowhere", guestlink.CodeNotFound},
		{"", "", guestlink.CodeNotFound},
		{"./no-such-file", "", guestlink.CodeNotFound},
		{"./plain/x", "", guestlink.CodeNotFound},
		{"./orphan", "", guestlink.CodeNotFound},
		{"orphan", dir, guestlink.CodeNotFound},
		{"plain", dir, guestlink.CodeNotExecutable},
		{"./plain", "", guestlink.CodeNotExecutable},
		{"folder", dir, guestlink.CodeNotExecutable},
		{"./folder", "", guestlink.CodeNotExecutable},
		{"./gibberish", "", guestlink.CodeNotExecutable},
	} {
		x := guestlink.Exec{Args: []string{tc.name}, Dir: dir}
		if tc.path != "" {
			x.Env = []string{"PATH=" + tc.path}
		}
		exit, err := g.run(t, x, guestlink.IO{})
		refusal, _ := errors.AsType[*guestlink.Error](err)
		switch {
		case tc.want == "" && (err != nil || exit.Status() != 0):
			t.Errorf("%q in PATH %q: got %+v, %v", tc.name, tc.path, exit, err)
		case tc.want != "" && (refusal == nil || refusal.Code != tc.want || !strings.Contains(err.Error(), tc.name[strings.LastIndex(tc.name, "/")+1:])):
			t.Errorf("%q in PATH %q: got %v, want %s", tc.name, tc.path, err, tc.want)
		}
	}
}

func TestRequestsThatAreRefused(t *testing.T) {
	g := start(t)
	exec := func(x guestlink.Exec) guestlink.Request {
		x.Args = []string{"true"}
		return guestlink.Request{Op: guestlink.OpExec, Exec: &x}
	}
	for name, tc := range map[string]struct {
		req  guestlink.Request
		want guestlink.Code
	}{
		"unknown operation": {guestlink.Request{Op: "dance"}, guestlink.CodeUnsupported},
		"empty exec":        {guestlink.Request{Op: guestlink.OpExec}, guestlink.CodeInvalid},
		"empty configure":   {guestlink.Request{Op: guestlink.OpConfigure}, guestlink.CodeInvalid},
		"no such folder":    {exec(guestlink.Exec{Dir: "/no/such/folder"}), guestlink.CodeInvalid},
		"folder is a file":  {exec(guestlink.Exec{Dir: "/etc/passwd"}), guestlink.CodeInvalid},
		"no such user":      {exec(guestlink.Exec{User: "nobody-at-all"}), guestlink.CodeInvalid},
		"no such group":     {exec(guestlink.Exec{User: "root:no-group-at-all"}), guestlink.CodeInvalid},
		"user too large":    {exec(guestlink.Exec{User: "4294967295"}), guestlink.CodeInvalid},
		"bad environment":   {exec(guestlink.Exec{Env: []string{"lonely"}}), guestlink.CodeInvalid},
		"zero in env":       {exec(guestlink.Exec{Env: []string{"A=\x00"}}), guestlink.CodeInvalid},
		"zero in folder":    {exec(guestlink.Exec{Dir: "/\x00"}), guestlink.CodeInvalid},
	} {
		_, err := g.Call(t.Context(), tc.req)
		if refusal, ok := errors.AsType[*guestlink.Error](err); !ok || refusal.Code != tc.want || refusal.Message == "" {
			t.Errorf("%s: got %v, want %s", name, err, tc.want)
		}
	}
}
