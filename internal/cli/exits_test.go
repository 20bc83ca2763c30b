package cli

import (
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"banger/api"
	"banger/client/clienttest"
	"banger/internal/guestlink"
	"banger/internal/problem"
	"banger/internal/unixsock"
)

// uses is a right use of every command.
var uses = map[string]string{
	"run": "-- x", "vm run": "--rm -- x", "vm exec": "web -- x", "vm create": "--no-start",
	"vm workspace prepare": "web .", "vm workspace export": "web --stat",
	"vm cp": "exits_test.go web:", "vm ports": "web", "vm stats": "web",
	"ps": "-q", "vm list": "-a", "vm show": "web", "vm logs": "web", "vm health": "web", "operations": "", "net log": "web", "net check": "web https://example.org",
	"vm start": "web", "vm stop": "web", "vm restart": "web", "vm pause": "web", "vm resume": "web", "vm kill": "web", "vm set": "web --name api", "vm publish": "web 8080:80", "vm unpublish": "web 8080", "vm delete": "web",
	"vm snapshot": "web a", "vm restore": "web a", "vm fork": "web", "snapshot list": "", "snapshot show": "a", "snapshot delete": "a b",
	"image list": "", "image build": "x", "image warm": "x", "image show": "x", "image delete": "x",
	"kernel list": "", "kernel pull": "", "kernel import": "x --from exits_test.go", "kernel show": "x", "kernel delete": "x",
	"vm prune": "-f", "system df": "", "system prune": "-f", "doctor": "", "daemon status": "", "daemon start": "", "daemon stop": "", "daemon logs": "",
	"dns status": "--root .", "dns install": "--root . --dry-run", "dns uninstall": "--root .",
	"config show": "", "config check": "", "config path": "", "version": "",
}

// ownStatus is the status of a command for each failure of banger's, if it is that of a command in a guest else.
var ownStatus = map[string]int{"run": statusOwnFailure, "vm run": statusOwnFailure, "vm exec": statusOwnFailure}

// TestEveryExitStatus: 0 when it is done, 1 when it failed, 2 when it was used wrongly; 125 for the last two of run and exec.
func TestEveryExitStatus(t *testing.T) {
	all := map[string]bool{}
	var paths []string
	for _, e := range entries(Commands()) {
		paths = append(paths, e.path)
	}
	for _, path := range append(paths, "vm run") {
		all[path] = true
		args, known := uses[path]
		if !known {
			t.Errorf("%s has no use in this test", path)
			continue
		}
		line := strings.Fields(path + " " + args)
		t.Run(path, func(t *testing.T) {
			good := obliging(t, path)
			if path == "daemon stop" {
				good = emptyWorld(t) // a daemon of the test's own has the number of any process
			}
			wantStatus(t, "done", good.run(line...), 0)
			wantStatus(t, "failed", failing(t, path).run(line...), first(ownStatus[path], statusFailed))
			wantStatus(t, "an unknown flag", good.run(append(line[:len(strings.Fields(path)):len(line)], "--xyzzy")...), first(ownStatus[path], statusWrongUsage))
			if slices.Contains(line, "--") {
				return
			}
			wantStatus(t, "too many arguments", good.run(strings.Fields(path+" a b c d --all")...), first(ownStatus[path], statusWrongUsage))
		})
	}
	for path := range maps.Keys(uses) {
		if !all[path] {
			t.Errorf("%s is no command", path)
		}
	}
}

func wantStatus(t *testing.T, what string, r result, status int) {
	t.Helper()
	if r.status != status || status != 0 && r.stderr+r.stdout == "" {
		t.Errorf("%s: status %d, want %d\n%s", what, r.status, status, r.stderr)
	}
}

// obliging is a world in which everything works.
func obliging(t *testing.T, path string) *world {
	w := newWorld(t)
	m := clienttest.NewMachine(t, clienttest.Exits(`{"code":0}`))
	if path == "vm cp" {
		m = clienttest.NewMachineWith(t, takesFiles)
	}
	w.offer(t, m)
	w.daemon.Answer("/v1/", struct{}{})
	w.daemon.Answer("/v1/vms/web/network/check", api.NetworkFinding{Allowed: true})
	w.serveNames(t)
	w.program = filepath.Join(t.TempDir(), "bangerd")
	for path, text := range map[string]string{w.program: "#!/bin/sh\n", w.daemon.Paths.DaemonLog(): "a line\n"} {
		if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// failing is a world in which a command that is used rightly fails.
func failing(t *testing.T, path string) *world {
	w := newWorld(t)
	w.daemon.Handle("/v1/", func(rw http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		rw.Header().Set("Content-Type", "application/problem+json")
		rw.WriteHeader(http.StatusInternalServerError)
		io.WriteString(rw, `{"code":"`+string(problem.Internal)+`","detail":"it broke"}`)
	})
	switch path {
	case "daemon start", "daemon status", "dns status":
		return emptyWorld(t)
	case "daemon stop":
		w.env["BANGER_RUNTIME_DIR"] = brokenDaemon(t)
	case "dns uninstall":
		t.Chdir(t.TempDir())
		writeFile(t, "etc/systemd/resolved.conf.d/banger.conf", "# mine\n")
	case "config show", "config check", "dns install":
		w.env["BANGER_SPARES"] = "many"
	case "config path", "version":
		w.stdout = full{}
	}
	return w
}

// takesFiles is a guest that files are copied to.
func takesFiles(conn net.Conn, _ guestlink.Request) {
	guestlink.WriteMessage(conn, guestlink.Response{})
	io.Copy(io.Discard, guestlink.NewBulkReader(conn))
	guestlink.NewBulkWriter(conn).End(guestlink.CopyEnd{})
}

// brokenDaemon is the folder of a daemon that cannot even say how it is.
func brokenDaemon(t *testing.T) string {
	dir := t.TempDir()
	listener, err := unixsock.Listen(filepath.Join(dir, "bangerd.sock"))
	if err != nil {
		t.Fatal(err)
	}
	go http.Serve(listener, http.NotFoundHandler())
	t.Cleanup(func() { listener.Close() })
	return dir
}

// full is a stream to a disk without space.
type full struct{}

// Write satisfies io.Writer.
func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

// TestBatchShowsWhatItWaitsFor: how many are done, and the names of the others.
func TestBatchShowsWhatItWaitsFor(t *testing.T) {
	s := newScreen(t, 24, 100)
	w := newWorld(t)
	w.on(s)
	asked, last := make(chan struct{}), make(chan struct{})
	w.daemon.Handle("POST /v1/vms/{ref}/stop", func(rw http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		if r.PathValue("ref") == "db" {
			close(asked)
			<-last
		}
		io.WriteString(rw, `{}`)
	})
	ended := make(chan result)
	go func() { ended <- w.run("vm", "stop", "web", "db", "api") }()
	<-asked
	s.waitFor(t, "] stop web, db, api 2 of 3: waiting for db")
	close(last)
	if r := <-ended; r.status != 0 {
		t.Errorf("status %d", r.status)
	}
	all := s.shown()
	if tidy := all[strings.LastIndex(all, "\x1b[K"):]; !strings.HasPrefix(tidy, "\x1b[Kdb\r\napi\r\n") {
		t.Errorf("at the end the terminal shows %q", tidy)
	}
}

// TestBatchOfOneShowsTheDaemonsWords.
func TestBatchOfOneShowsTheDaemonsWords(t *testing.T) {
	s := newScreen(t, 24, 100)
	w := newWorld(t)
	w.on(s)
	last := make(chan struct{})
	w.daemon.Handle("POST /v1/vms/{ref}/start", func(rw http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		rw.Header().Set("Content-Type", "text/event-stream")
		io.WriteString(rw, event("progress", `{"phase":"boot a template","done":1,"total":2}`))
		http.NewResponseController(rw).Flush()
		<-last
		io.WriteString(rw, event("result", `{}`))
	})
	ended := make(chan result)
	go func() { ended <- w.run("vm", "start", "web") }()
	s.waitFor(t, "] boot a template 50%")
	close(last)
	<-ended
}

// TestInterruptLeavesNothingOfTheLine: the moving line is gone before the last word is said.
func TestInterruptLeavesNothingOfTheLine(t *testing.T) {
	s := newScreen(t, 24, 100)
	w := newWorld(t)
	w.on(s)
	w.daemon.Handle("DELETE /v1/images/{name}", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	ended := make(chan result)
	go func() { ended <- w.run("image", "delete", "dev") }()
	s.waitFor(t, "delete image dev")
	syscall.Kill(syscall.Getpid(), syscall.SIGINT)
	if r := <-ended; r.status != 1 {
		t.Errorf("status %d", r.status)
	}
	all := s.shown()
	if tidy := all[strings.LastIndex(all, "\x1b[K"):]; !strings.Contains(tidy, "banger:") || strings.Contains(tidy, "/ delete image") {
		t.Errorf("at the end the terminal shows %q", tidy)
	}
}
