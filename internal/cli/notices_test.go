package cli

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"banger/api"
)

// TestWhatAStartNoticesIsSaid: whichever command starts a VM, on standard error, and as an object with --json.
func TestWhatAStartNoticesIsSaid(t *testing.T) {
	const notice = `there is no "~/.npmrc"`
	m := exits(t, `{}`)
	w := newWorld(t)
	result := event("result", toJSON(t, api.Started{VM: m.VM, Notices: []string{notice + "\x1b[31m"}}))
	w.daemon.Send("POST /v1/vms", result)
	w.daemon.Send("POST /v1/vms/{ref}/start", result)
	w.daemon.Send("POST /v1/vms/{ref}/restart", result)
	stopped := m.VM
	stopped.Socket, stopped.State = "", "stopped"
	w.daemon.Answer("GET /v1/vms/web", stopped)
	for _, command := range []string{"create", "run -- true", "start web", "restart web", "exec --start web -- true"} {
		r := w.run(append([]string{"vm"}, strings.Fields(command)...)...)
		if r.status != 0 || strings.Count(r.stderr, notice+"?[31m\n") != 1 {
			t.Errorf("%s: status %d, said %q", command, r.status, r.stderr)
		}
	}
	found := false
	for line := range strings.Lines(w.run("vm", "run", "--json", "--", "true").stderr) {
		var said struct{ Notice string }
		json.Unmarshal([]byte(line), &said)
		found = found || strings.HasPrefix(said.Notice, notice)
	}
	if !found {
		t.Error("with --json there is no object for it")
	}
	if r := w.run("vm", "run", "-q", "--", "true"); strings.Contains(r.stderr, notice) {
		t.Errorf("-q: %q", r.stderr)
	}
}

// TestANoticeHasALineOfItsOwn: the moving line is taken away first.
func TestANoticeHasALineOfItsOwn(t *testing.T) {
	s := newScreen(t, 24, 100)
	w := newWorld(t)
	w.on(s)
	last := make(chan struct{})
	w.daemon.Handle("POST /v1/vms/{ref}/start", func(rw http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		rw.Header().Set("Content-Type", "text/event-stream")
		if r.PathValue("ref") == "db" {
			<-last
		}
		io.WriteString(rw, event("result", toJSON(t, api.Started{Notices: []string{"look at " + r.PathValue("ref")}})))
	})
	ended := make(chan result)
	go func() { ended <- w.run("vm", "start", "db", "web") }()
	s.waitFor(t, "look at web")
	close(last)
	if r := <-ended; r.status != 0 {
		t.Errorf("status %d", r.status)
	}
	if all := s.shown(); !strings.Contains(all, "look at db") {
		t.Errorf("the terminal shows %q", all)
	}

	s = newScreen(t, 24, 100)
	a := plainApp(nil)
	a.Stderr = s.tty
	d := a.display(t.Context(), "start web")
	d.age(blink)
	d.draw()
	a.notice("look here")
	d.done(true)
	if all := s.shown(); !strings.Contains(all, "start web\x1b[K\r\x1b[K\x1b[2mlook here") {
		t.Errorf("the terminal shows %q", all)
	}
}
