package cli

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"banger/api"
	"banger/client/clienttest"
	"banger/internal/guestlink"
)

// asked has requests that fit the pattern answered with v, and gives their bodies.
func asked[T any](w *world, pattern string, v any) <-chan T {
	bodies := make(chan T, 8)
	w.daemon.Handle(pattern, func(rw http.ResponseWriter, r *http.Request) {
		var body T
		json.NewDecoder(r.Body).Decode(&body)
		bodies <- body
		json.NewEncoder(rw).Encode(v)
	})
	return bodies
}

func wantBody[T any](t *testing.T, bodies <-chan T, want T) {
	t.Helper()
	if got := <-bodies; !reflect.DeepEqual(got, want) {
		t.Errorf("asked for %+v, want %+v", got, want)
	}
}

func TestPrepare(t *testing.T) {
	w, here := newWorld(t), workingDirectory(t)
	done := api.PreparedWorkspace{
		VM: api.VM{Name: "web"}, Files: 3, Bytes: 5 << 20, Overwritten: []string{"a\x1b[2J", "b"},
		Plan: api.WorkspacePlan{Path: "/src/app", GuestPath: "/root/app", LeftBehind: 2, Notices: []string{"a submodule goes as plain files"}},
	}
	bodies := asked[api.PrepareWorkspace](w, "POST /v1/vms/web/workspace", done)
	w.run("vm", "workspace", "prepare", "web").want(t, 0, "",
		"3 files, 5M, sent to web:/root/app", "2 files of web that were changed there were overwritten: a?[2J, b", "a submodule goes", "2 files that git neither")
	wantBody(t, bodies, api.PrepareWorkspace{WorkspaceSource: api.WorkspaceSource{Depth: 10}})
	w.run("vm", "workspace", "prepare", "web", "sub", "--branch", "x", "--from", "v1", "--guest-path", "/srv/x", "--depth", "full", "--include-untracked", "--force")
	wantBody(t, bodies, api.PrepareWorkspace{
		WorkspaceSource: api.WorkspaceSource{GuestPath: "/srv/x", Branch: "x", From: "v1", Untracked: true}, Path: filepath.Join(here, "sub"), Force: true,
	})
	w.run("vm", "workspace", "prepare", "web", "--dry-run").want(t, 0, "", "2 files of web would be overwritten", "0 files, 0B, of /src/app would go to /root/app")
	for want, args := range map[string][]string{
		"no number of commits": {"--depth", "0"}, "no number  of commits": {"--depth", "7x"}, "not an absolute path": {"--guest-path", "x"}, "no --branch": {"--from", "v1"},
	} {
		w.run(append([]string{"vm", "workspace", "prepare", "web"}, args...)...).want(t, 2, "", strings.ReplaceAll(want, "  ", " "))
	}
}

func workingDirectory(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// exporting is a world in which one file has changed.
func exporting(t *testing.T) (*world, <-chan api.ExportWorkspace) {
	w := newWorld(t)
	bodies := asked[api.ExportWorkspace](w, "POST /v1/vms/web/workspace/export", api.ExportedWorkspace{
		Workspace: api.Workspace{Path: "/src/app"}, Files: []api.WorkspaceChange{{Path: "a\x1b[2J", Status: "M"}}, Stat: " a\x1b | 1 +\n", PatchSize: 7,
		LeftOut: []api.WorkspaceLeftOut{{Path: "out", Why: "it leads out of the tree, or may"}},
	})
	w.daemon.Handle("GET /v1/vms/web/workspace/patch", func(rw http.ResponseWriter, _ *http.Request) { io.WriteString(rw, "a\x00\xffpatch") })
	return w, bodies
}

func TestExportForms(t *testing.T) {
	w, bodies := exporting(t)
	file := filepath.Join(t.TempDir(), "p")
	for _, c := range []struct {
		args   []string
		stdout string
		asks   api.ExportWorkspace
		says   string
	}{
		{nil, "a\x00\xffpatch", api.ExportWorkspace{Patch: true}, "1 file changed"},
		{[]string{"-o", "-"}, "a\x00\xffpatch", api.ExportWorkspace{Patch: true}, "left out out: it leads"},
		{[]string{"-o", file}, "", api.ExportWorkspace{Patch: true}, "git apply " + file},
		{[]string{"--branch", "x"}, "", api.ExportWorkspace{Branch: "x"}, "1 file changed"},
		{[]string{"--apply"}, "", api.ExportWorkspace{Apply: true}, "1 file changed"},
		{[]string{"--stat"}, " a? | 1 +\n", api.ExportWorkspace{}, ""},
		{[]string{"--name-only", "-o", file}, "a?[2J\n", api.ExportWorkspace{Patch: true}, ""},
	} {
		w.run(append([]string{"vm", "workspace", "export", "web"}, c.args...)...).want(t, 0, c.stdout, c.says)
		wantBody(t, bodies, c.asks)
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != "a\x00\xffpatch" {
		t.Errorf("the file holds %q, %v", got, err)
	}
	if names, _ := os.ReadDir(filepath.Dir(file)); len(names) != 1 {
		t.Errorf("beside the file there are %v", names)
	}
	for want, args := range map[string][]string{
		"none of the others": {"--apply", "--branch", "x"}, "both go to": {"-o", "-", "--stat"}, "is a folder": {"-o", t.TempDir()}, "cannot be written": {"-o", "/nowhere/at/all"},
	} {
		w.run(append([]string{"vm", "workspace", "export", "web"}, args...)...).want(t, 2, "", want)
	}
}

// TestExecInTheWorkspace: where it begins, and what is said when the host has moved on.
func TestExecInTheWorkspace(t *testing.T) {
	w, folders := newWorld(t), make(chan string, 4)
	m := clienttest.NewMachine(t, func(conn net.Conn, x guestlink.Exec) {
		folders <- x.Dir
		clienttest.Exits(`{"code":0}`)(conn, x)
	})
	vm := m.VM
	vm.Workspace = &api.Workspace{Path: "/src/app", GuestPath: "/root/app", Commit: "0123456789abcdef"}
	w.daemon.Answer("GET /v1/vms/web", vm)
	w.daemon.Answer("GET /v1/vms/{ref}/workspace/status", api.WorkspaceStatus{Head: "fedcba9876543210", Was: "0123456789abcdef", Moved: true})
	w.run("vm", "exec", "web", "--", "x").want(t, 0, "x\n", "HEAD of /src/app is fedcba987 now, and was 012345678 when it went into web; banger vm workspace prepare web")
	if got := <-folders; got != "/root/app" {
		t.Errorf("it begins in %q", got)
	}
	bodies := asked[api.PrepareWorkspace](w, "POST /v1/vms/{ref}/workspace", api.PreparedWorkspace{VM: vm})
	if r := w.run("vm", "exec", "--auto-prepare", "-w", "/srv", "web", "--", "x"); strings.Contains(r.stderr, "HEAD of") {
		t.Errorf("it says\n%s", r.stderr)
	}
	wantBody(t, bodies, api.PrepareWorkspace{WorkspaceSource: api.WorkspaceSource{Depth: 10}})
	if got := <-folders; got != "/srv" {
		t.Errorf("it begins in %q", got)
	}
}

// TestRunKeepsOrTells: what run --rm does about changes in the guest.
func TestRunKeepsOrTells(t *testing.T) {
	for what, c := range map[string]struct {
		changes api.WorkspaceChanges
		args    []string
		says    string
	}{
		"nothing changed": {api.WorkspaceChanges{}, nil, ""},
		"two files":       {api.WorkspaceChanges{Files: 2}, nil, "2 files changed in the workspace, which is lost with the VM; --export FILE"},
		"a commit":        {api.WorkspaceChanges{Commits: true}, nil, "new commits in the workspace, which is lost"},
		"exported before": {api.WorkspaceChanges{Files: 2, Exported: true}, nil, ""},
		"a patch":         {api.WorkspaceChanges{Files: 2}, []string{"--export", filepath.Join(t.TempDir(), "p")}, "apply them with: git apply"},
		"a branch":        {api.WorkspaceChanges{Files: 2}, []string{"--export", "branch=x"}, "1 file changed"},
	} {
		w, m := newWorld(t), exits(t, `{"code":7}`)
		m.VM.Workspace = &api.Workspace{Path: workingDirectory(t), GuestPath: "/root/cli"}
		asked, deleted := w.offer(t, m)
		w.daemon.Answer("GET /v1/vms/{ref}/workspace/changes", c.changes)
		w.daemon.Answer("POST /v1/vms/{ref}/workspace/export", api.ExportedWorkspace{Files: []api.WorkspaceChange{{Path: "a"}}, PatchSize: 5})
		w.daemon.Handle("GET /v1/vms/{ref}/workspace/patch", func(rw http.ResponseWriter, _ *http.Request) { io.WriteString(rw, "patch") })
		r := w.run(append(append([]string{"run", "--rm"}, c.args...), ".", "--", "x")...)
		r.want(t, 7, "x\n", c.says)
		if strings.Contains(r.stderr, "lost") != strings.Contains(c.says, "lost") {
			t.Errorf("%s: it says\n%s", what, r.stderr)
		}
		if asked.Workspace == nil || asked.Workspace.Path != workingDirectory(t) || asked.Workspace.Depth != 10 || deleted.Load() == "" {
			t.Errorf("%s: asked for %+v, deleted %q", what, asked.Workspace, deleted.Load())
		}
	}
}
