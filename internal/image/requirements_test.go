package image

import (
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"testing"

	"banger/internal/problem"
)

// plain is a host whose user is an ordinary one, with programs that only claim to be there.
func plain(t *testing.T, programs ...string) host {
	t.Helper()
	nobody, err := user.Lookup("nobody")
	must(t, err)
	uid, err := strconv.Atoi(nobody.Uid)
	must(t, err)
	bin := t.TempDir()
	for _, p := range programs {
		must(t, os.WriteFile(filepath.Join(bin, p), []byte("#!/bin/sh\necho 'E: unshare syscall failed' >&2\nexit 1\n"), 0o755))
	}
	t.Setenv("PATH", bin)
	return host{uid: uid, root: tree(t, map[string]string{"etc/subuid": "nobody:1:1\n", "etc/subgid": "a:b:c\nnobody:1:1\n"})}
}

func TestRequirementsOfAPlainUser(t *testing.T) {
	h := plain(t)
	wantProblem(t, h.ready(t.Context()), problem.Unavailable, "install the package mmdebstrap")
	h = plain(t, "mmdebstrap", "newuidmap")
	wantProblem(t, h.ready(t.Context()), problem.Unavailable, "newgidmap is not installed", "install the package uidmap")
	h = plain(t, "mmdebstrap", "newuidmap", "newgidmap")
	wantProblem(t, h.ready(t.Context()), problem.Unavailable, "no user namespace", "unshare syscall failed")
	for _, file := range []string{"subuid", "subgid"} {
		must(t, os.WriteFile(filepath.Join(h.root, "etc", file), []byte("xnobody:1:1\n"), 0o644))
		wantProblem(t, h.ready(t.Context()), problem.Unavailable, "/etc/"+file+" gives the user nobody no ids", "usermod --add-"+file+"s")
		must(t, os.Remove(filepath.Join(h.root, "etc", file)))
		wantProblem(t, h.ready(t.Context()), problem.Unavailable, "/etc/"+file)
		must(t, os.WriteFile(filepath.Join(h.root, "etc", file), []byte("nobody:1:1"), 0o644))
	}
	h.uid = 4_000_000_000
	wantProblem(t, h.ready(t.Context()), problem.Unavailable, "has no name")
}

func TestRequirementsOfRoot(t *testing.T) {
	h := plain(t, "mmdebstrap")
	h.uid = 0
	must(t, h.ready(t.Context()))
	if n := len(h.requirements()); n != 1 {
		t.Errorf("root has %d requirements", n)
	}
}
