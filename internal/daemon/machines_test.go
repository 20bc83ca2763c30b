package daemon

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"banger/api"
	"banger/internal/guestlink"
	"banger/internal/kernel"
	"banger/internal/model"
	"banger/internal/process"
	"banger/internal/shim"
	"banger/internal/store"
)

// limit bounds every wait of these tests; none comes near it when all is well.
const limit = time.Minute

// furnish makes an image and a kernel that are good enough for the engine fake, before
// there is a daemon.
func furnish(t *testing.T, o *Options) {
	t.Helper()
	o.agent = func() ([]byte, error) { return []byte("agent"), nil }
	if err := os.MkdirAll(o.Paths.State, 0o700); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(o.Paths.Kernels(), o.Config.DefaultKernel)
	m := kernel.Manifest{Release: "6.1", Files: map[string]kernel.File{}}
	for _, name := range []string{"vmlinux", "modules.ext4"} {
		write(t, filepath.Join(dir, name), "content")
		m.Files[name] = kernel.File{Size: int64(len("content"))}
	}
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "manifest.json"), string(text))

	id := strings.Repeat("ab", 16)
	img := model.Image{ID: id, Name: o.Config.DefaultImage, ArtifactDir: filepath.Join(o.Paths.Images(), id)}
	img.RootfsPath = filepath.Join(img.ArtifactDir, "rootfs.ext4")
	write(t, img.RootfsPath, "content")
	db, err := store.Open(t.Context(), o.Paths.Database())
	if err != nil {
		t.Fatal(err)
	}
	if err := db.UpsertImage(t.Context(), img); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// furnished is a daemon that can start machines. When the test ends, none may be left.
func furnished(t *testing.T) (*instance, Options) {
	t.Helper()
	o := testOptions(testPaths(t))
	furnish(t, &o)
	t.Cleanup(func() { mustBeEmpty(t, o) })
	i := start(t, o)
	t.Cleanup(i.deleteAll)
	return i, o
}

// again is the next daemon in the same folders.
func again(t *testing.T, o Options) *instance {
	t.Helper()
	i := start(t, o)
	t.Cleanup(i.deleteAll)
	return i
}

func (i *instance) deleteAll() {
	if i.stopped {
		return
	}
	for _, v := range get200[api.VMList](i, "/v1/vms").VMs {
		i.call(http.MethodDelete, "/v1/vms/"+v.ID+"?force=true", nil)
	}
}

func mustBeEmpty(t *testing.T, o Options) {
	t.Helper()
	for _, dir := range []string{o.Paths.VMs(), filepath.Dir(o.Paths.MachineRun("id"))} {
		entries, err := os.ReadDir(dir)
		if err != nil && !os.IsNotExist(err) {
			t.Error(err)
		}
		for _, e := range entries {
			t.Errorf("%s is left in %s", e.Name(), dir)
		}
	}
}

// post decodes the plain answer to a POST.
func post200[T any](i *instance, path string, body any) (out T) {
	i.t.Helper()
	resp, text := i.call(http.MethodPost, path, body)
	if resp.StatusCode != http.StatusOK {
		i.t.Fatalf("POST %s: %s %s", path, resp.Status, text)
	}
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		i.t.Fatalf("POST %s: %v in %s", path, err, text)
	}
	return out
}

func (i *instance) create(change func(*api.CreateVM)) api.VM {
	i.t.Helper()
	return post200[api.Started](i, "/v1/vms", small(func(c *api.CreateVM) {
		c.Start = true
		change(c)
	})).VM
}

func named(name string) func(*api.CreateVM) { return func(c *api.CreateVM) { c.Name = name } }

func (i *instance) show(ref string) api.VM { return get200[api.VM](i, "/v1/vms/"+ref) }

// exec runs a command in a guest and gives what it printed.
func exec(t *testing.T, v api.VM, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	conn, err := shim.Guest(ctx, v.Socket)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	exit, err := guestlink.RunExec(ctx, conn, guestlink.Exec{Args: args}, guestlink.IO{Stdout: &out})
	if err != nil || exit.Status() != 0 {
		t.Fatalf("%q: status %d, %v", args, exit.Status(), err)
	}
	return out.String()
}

// detach runs a command whose output goes to the guest's console.
func detach(t *testing.T, v api.VM, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	conn, err := shim.Guest(ctx, v.Socket)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := guestlink.RunExec(ctx, conn, guestlink.Exec{Args: args, Detach: true}, guestlink.IO{}); err != nil {
		t.Fatal(err)
	}
}

func (i *instance) eventually(what string, is func() bool) {
	i.t.Helper()
	for deadline := time.Now().Add(limit); !is(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			i.t.Fatalf("%s: not so after %s", what, limit)
		}
	}
}

func TestALifeOverHTTP(t *testing.T) {
	i, _ := furnished(t)
	started := post200[api.Started](i, "/v1/vms", small(func(c *api.CreateVM) {
		c.Name, c.Start, c.Env = "web", true, map[string]string{"GREETING": "hello"}
	}))
	v := started.VM
	if v.Name != "web" || v.State != "running" || v.Engine != "fake" || v.Image != "debian-bookworm" || v.Kernel != "debian-cloud" ||
		v.IP != "172.16.0.2" || v.VCPU != 1 || v.Memory != 256<<20 || v.Disk != 1<<30 || v.System != 1<<30 || v.Rm ||
		v.BootID == "" || v.Socket == "" || v.Created.IsZero() || v.Started.IsZero() || !v.Stopped.IsZero() {
		t.Errorf("created: %+v", v)
	}
	for _, name := range []string{"prepare", "disks", "boot", "configure"} {
		if !strings.Contains(fmt.Sprint(started.Phases), name) {
			t.Errorf("phases %v, want %s among them", started.Phases, name)
		}
	}
	if got := exec(t, v, "sh", "-c", "echo $GREETING"); got != "hello\n" {
		t.Errorf("its environment says %q", got)
	}
	if got := get200[api.VMList](i, "/v1/vms").VMs; len(got) != 1 || got[0].ID != v.ID || i.show("web").ID != v.ID || i.show(v.ID[:6]).ID != v.ID {
		t.Errorf("listed: %+v", got)
	}
	if got := get200[api.Status](i, "/v1/status").VMs["running"]; got != 1 {
		t.Errorf("%d run, says the status", got)
	}
	stopped := post200[api.VM](i, "/v1/vms/web/stop", api.StopVM{TimeoutMillis: 30_000})
	if stopped.State != "stopped" || stopped.Reason != "it was stopped" || stopped.Socket != "" || stopped.Stopped.IsZero() {
		t.Errorf("stopped: %+v", stopped)
	}
	second := post200[api.Started](i, "/v1/vms/web/start", nil).VM
	if second.BootID == v.BootID || second.IP != v.IP || second.State != "running" {
		t.Errorf("started again: %+v", second)
	}
	if killed := post200[api.VM](i, "/v1/vms/web/kill", api.KillVM{Signal: "TERM"}); killed.State != "stopped" || !strings.HasPrefix(killed.Reason, "it was killed") {
		t.Errorf("killed: %+v", killed)
	}
	if resp, text := i.call(http.MethodDelete, "/v1/vms/web", nil); resp.StatusCode != http.StatusNoContent || text != "" {
		t.Errorf("delete: %s %s", resp.Status, text)
	}
}

// A daemon's end, and the next one's start, disturb neither machine nor command.
func TestMachinesOutliveTheDaemon(t *testing.T) {
	i, o := furnished(t)
	v := i.create(named("web"))
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	conn, err := shim.Guest(ctx, v.Socket)
	if err != nil {
		t.Fatal(err)
	}
	in, feed := io.Pipe()
	out, drain := io.Pipe()
	done := make(chan error)
	go func() {
		_, err := guestlink.RunExec(ctx, conn, guestlink.Exec{Args: []string{"cat"}, Stdin: true}, guestlink.IO{Stdin: in, Stdout: drain})
		done <- err
	}()
	lines := bufio.NewReader(out)
	say := func(word string) {
		t.Helper()
		fmt.Fprintln(feed, word)
		if got, err := lines.ReadString('\n'); err != nil || got != word+"\n" {
			t.Fatalf("cat said %q, %v", got, err)
		}
	}
	say("before")
	i.stop()
	say("between")
	j := again(t, o)
	say("after")
	if got := j.show("web"); got.State != "running" || got.BootID != v.BootID {
		t.Errorf("after the restart: %+v, want it running with boot id %s", got, v.BootID)
	}
	feed.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
	// The new daemon sees its end.
	if conn, err = shim.Guest(ctx, v.Socket); err != nil {
		t.Fatal(err)
	}
	// Its answer may be lost with the machine.
	_, _ = guestlink.RunExec(ctx, conn, guestlink.Exec{Args: []string{"kill", "-USR1", "1"}}, guestlink.IO{})
	j.eventually("stopped", func() bool { return j.show("web").State == "stopped" })
	if got := j.show("web").Reason; !strings.Contains(got, "panicked") {
		t.Errorf("reason %q, want it to say how it ended", got)
	}
}

func TestSupervisorThatIsKilled(t *testing.T) {
	i, o := furnished(t)
	v := i.create(named("web"))
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	reply, err := shim.Ask(ctx, v.Socket, shim.Request{Op: shim.OpStatus})
	if err != nil {
		t.Fatal(err)
	}
	engine, err := process.Of(reply.Status.EnginePID)
	if err != nil {
		t.Fatal(err)
	}
	if err := reply.Status.Shim.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	i.eventually("stopped", func() bool { return i.show("web").State == "stopped" })
	if got := i.show("web").Reason; !strings.Contains(got, "supervisor was killed") {
		t.Errorf("reason %q", got)
	}
	if err := engine.Wait(ctx); err != nil {
		t.Errorf("its engine did not end with it: %v", err)
	}
	// Once more, while no daemon looks, and after an end that was in order.
	post200[api.Started](i, "/v1/vms/web/start", nil)
	post200[api.VM](i, "/v1/vms/web/stop", nil)
	v = post200[api.Started](i, "/v1/vms/web/start", nil).VM
	if reply, err = shim.Ask(ctx, v.Socket, shim.Request{Op: shim.OpStatus}); err != nil {
		t.Fatal(err)
	}
	i.stop()
	if err := reply.Status.Shim.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := reply.Status.Shim.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	j := again(t, o)
	if got := j.show("web"); got.State != "stopped" || !strings.Contains(got.Reason, "supervisor was killed") {
		t.Errorf("after the restart: %s, %q", got.State, got.Reason)
	}
}

func TestEphemeralEndsWithItsLease(t *testing.T) {
	i, o := furnished(t)
	for _, daemonDies := range []bool{false, true} {
		v := i.create(func(c *api.CreateVM) { c.Rm = true })
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		lease, err := shim.Lease(ctx, v.Socket)
		if err != nil {
			t.Fatal(err)
		}
		reply, err := shim.Ask(ctx, v.Socket, shim.Request{Op: shim.OpStatus})
		if err != nil {
			t.Fatal(err)
		}
		if daemonDies {
			i.stop()
		}
		lease.Close()
		if daemonDies {
			if err := reply.Status.Shim.Wait(ctx); err != nil {
				t.Fatal(err)
			}
			i = again(t, o)
		}
		i.eventually("gone", func() bool { return len(get200[api.VMList](i, "/v1/vms").VMs) == 0 })
		mustBeEmpty(t, o)
	}
}

// A client that goes away takes with it what it had asked for.
func TestClientThatGoesAwayCancels(t *testing.T) {
	o := testOptions(testPaths(t))
	furnish(t, &o)
	o.Shim = []string{self, hangRole}
	i := start(t, o)
	for _, accept := range []string{"application/json", "text/event-stream"} {
		ctx, cancel := context.WithCancel(t.Context())
		left := make(chan struct{})
		go func() {
			defer close(left)
			i.try(ctx, http.MethodPost, "/v1/vms", small(func(c *api.CreateVM) { c.Start = true }), "Accept", accept)
		}()
		i.eventually("starting", func() bool {
			vms := get200[api.VMList](i, "/v1/vms").VMs
			return len(vms) == 1 && vms[0].State == "starting"
		})
		cancel()
		<-left
		i.eventually("gone", func() bool { return len(get200[api.VMList](i, "/v1/vms").VMs) == 0 })
		mustBeEmpty(t, o)
	}
}

// So does the daemon's own end.
func TestEndCancelsWhatIsUnderWay(t *testing.T) {
	o := testOptions(testPaths(t))
	furnish(t, &o)
	o.Shim = []string{self, hangRole}
	i := start(t, o)
	answer := make(chan string)
	go func() {
		resp, err := i.try(t.Context(), http.MethodPost, "/v1/vms", small(func(c *api.CreateVM) { c.Start = true }), "Accept", "text/event-stream")
		if err != nil {
			answer <- err.Error()
			return
		}
		defer resp.Body.Close()
		text, _ := io.ReadAll(resp.Body)
		answer <- string(text)
	}()
	i.eventually("starting", func() bool { return len(get200[api.VMList](i, "/v1/vms").VMs) == 1 })
	i.end()
	if got := <-answer; !strings.Contains(got, "event: error") || !strings.Contains(got, errEnding.Error()) {
		t.Errorf("answered %q, want the error that says why", got)
	}
	i.stop()
	mustBeEmpty(t, o)
}

func TestLogs(t *testing.T) {
	i, _ := furnished(t)
	v := i.create(named("web"))
	say := func(word string) { detach(t, v, "echo", word) }
	say("first")
	i.eventually("said", func() bool {
		_, text := i.call(http.MethodGet, "/v1/vms/web/logs", nil)
		return strings.HasSuffix(text, "first\n")
	})
	say("second")
	i.eventually("said", func() bool {
		_, text := i.call(http.MethodGet, "/v1/vms/web/logs", nil)
		return strings.HasSuffix(text, "first\nsecond\n")
	})
	resp, text := i.call(http.MethodGet, "/v1/vms/web/logs?tail=1", nil)
	if text != "second\n" || resp.Header.Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("tail of one: %q, %s", text, resp.Header.Get("Content-Type"))
	}
	follow := i.open(t.Context(), http.MethodGet, "/v1/vms/web/logs?tail=1&follow=true", nil)
	defer follow.Body.Close()
	lines := bufio.NewReader(follow.Body)
	for _, want := range []string{"second\n", "third\n"} {
		if want == "third\n" {
			say("third")
		}
		if got, err := lines.ReadString('\n'); err != nil || got != want {
			t.Fatalf("followed %q, %v, want %q", got, err, want)
		}
	}
	// It ends with the machine, also one whose supervisor says nothing.
	post200[api.VM](i, "/v1/vms/web/kill", nil)
	if rest, err := io.ReadAll(lines); err != nil {
		t.Errorf("the end: %q, %v", rest, err)
	}
	if resp, _ := i.call(http.MethodGet, "/v1/vms/web/logs?engine=true&follow=true", nil); resp.StatusCode != 200 {
		t.Errorf("engine log of a stopped VM: %s", resp.Status)
	}
}

func TestManyMachinesAtOnce(t *testing.T) {
	i, _ := furnished(t)
	const many = 20
	var all sync.WaitGroup
	for range many {
		all.Go(func() {
			v := i.create(func(*api.CreateVM) {})
			if got := exec(t, v, "echo", v.Name); got != v.Name+"\n" {
				t.Errorf("%s said %q", v.Name, got)
			}
		})
	}
	all.Wait()
	addresses := map[string]bool{}
	for _, v := range get200[api.VMList](i, "/v1/vms").VMs {
		addresses[v.IP] = true
	}
	if len(addresses) != many {
		t.Errorf("%d addresses, want %d", len(addresses), many)
	}
}

func TestShutdownWithVMs(t *testing.T) {
	i, o := furnished(t)
	i.create(named("web"))
	i.create(named("db"))
	if resp, text := i.call(http.MethodPost, "/v1/shutdown?vms=true", nil); resp.StatusCode != 200 {
		t.Fatalf("%s %s", resp.Status, text)
	}
	i.stop()
	j := again(t, o)
	for _, v := range get200[api.VMList](j, "/v1/vms").VMs {
		if v.State != "stopped" {
			t.Errorf("%s is %s, want stopped", v.Name, v.State)
		}
	}
}
