package daemon

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"

	"banger/api"
	"banger/internal/guestlink"
	"banger/internal/problem"
	"banger/internal/process"
	"banger/internal/shim"
)

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
	if got, want := engineUser(t, v), os.Geteuid(); got != want && want != 0 || want == 0 && got != 0x70000002 {
		t.Errorf("its engine runs as user %d, want one of its own when banger is root, else %d", got, want)
	}
	for _, path := range []string{"/v1/images/debian-bookworm", "/v1/kernels/debian-cloud"} {
		resp, text := i.call(http.MethodDelete, path, nil)
		wantProblem(t, resp, text, http.StatusConflict, problem.Conflict)
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
	if image, kernel := get200[api.Image](i, "/v1/images/debian-bookworm"), get200[api.Kernel](i, "/v1/kernels/debian-cloud"); image.Size == 0 || kernel.Size == 0 || kernel.Release != "6.1" {
		t.Errorf("image %+v, kernel %+v", image, kernel)
	}
	if resp, text := i.call(http.MethodDelete, "/v1/vms/web", nil); resp.StatusCode != http.StatusNoContent || text != "" {
		t.Errorf("delete: %s %s", resp.Status, text)
	}
}

// engineUser is who the engine of a VM runs as.
func engineUser(t *testing.T, v api.VM) int {
	t.Helper()
	info, err := os.Stat(fmt.Sprintf("/proc/%d", ask(t, v).EnginePID))
	if err != nil {
		t.Fatal(err)
	}
	return int(info.Sys().(*syscall.Stat_t).Uid)
}

// ask asks a VM's supervisor how it is.
func ask(t *testing.T, v api.VM) shim.Status {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	reply, err := shim.Ask(ctx, v.Socket, shim.Request{Op: shim.OpStatus})
	if err != nil {
		t.Fatal(err)
	}
	return *reply.Status
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
	status := ask(t, v)
	engine, err := process.Of(status.EnginePID)
	if err != nil {
		t.Fatal(err)
	}
	if err := status.Shim.Signal(syscall.SIGKILL); err != nil {
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
	status = ask(t, v)
	i.stop()
	if err := status.Shim.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := status.Shim.Wait(ctx); err != nil {
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
		status := ask(t, v)
		if daemonDies {
			i.stop()
		}
		lease.Close()
		if daemonDies {
			if err := status.Shim.Wait(ctx); err != nil {
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
	silent := i.open(t.Context(), http.MethodGet, "/v1/vms/web/logs?tail=0&follow=true", nil) // answered before anything is said
	defer silent.Body.Close()
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
