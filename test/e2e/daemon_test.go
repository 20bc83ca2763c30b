package e2e

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"

	"banger/api"
	"banger/test/harness"
)

var interrupt os.Signal = syscall.SIGINT

func status(t *testing.T, h *harness.Host) api.Status {
	t.Helper()
	return mustJSON[api.Status](t, h, "daemon", "status")
}

// killDaemon ends a host's daemon the hard way, by the pid that it says it has.
func killDaemon(t *testing.T, h *harness.Host) int {
	t.Helper()
	pid := status(t, h).PID
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatalf("kill the daemon (%d): %v", pid, err)
	}
	return pid
}

func TestDaemonStartStopStatusLogs(t *testing.T) {
	h := ownHost(t, false)
	if r := run(t, h.Banger("daemon", "status")); r.Exit != 1 {
		t.Errorf("status without a daemon: exit %d, stdout %q; asking must not start one", r.Exit, r.Stdout)
	}
	must(t, h, "daemon", "start")
	first := status(t, h)
	must(t, h, "daemon", "start")
	if again := status(t, h); again.PID != first.PID {
		t.Error("starting a running daemon started another one")
	}
	if out := must(t, h, "daemon", "status"); !strings.Contains(out, first.Version) {
		t.Errorf("status says %q", out)
	}
	if out := must(t, h, "daemon", "logs"); out == "" {
		t.Error("daemon logs prints nothing")
	}
	var out lockedBuffer
	call := h.Banger("daemon", "logs", "-f")
	call.Stdout = &out
	follower, err := call.Start()
	if err != nil {
		t.Fatal(err)
	}
	must(t, h, "daemon", "stop")
	eventually(t, "the follower sees the daemon's end", func() bool { return strings.Contains(out.String(), "told to end") })
	follower.Signal(interrupt)
	if r := follower.Wait(t.Context()); r.Exit != 0 {
		t.Errorf("daemon logs -f ends with %d: %s", r.Exit, r.Stderr)
	}
	if r := run(t, h.Banger("daemon", "stop")); r.Exit != 0 {
		t.Errorf("stopping a stopped daemon: exit %d: %s", r.Exit, r.Stderr)
	}
	// Any command starts it again.
	must(t, h, "vm", "list")
	if now := status(t, h); now.PID == first.PID {
		t.Error("the old daemon still answers")
	}
}

// TestDaemonKilledUnderAForegroundCommand: the command goes on, and the next daemon finds the same guest.
func TestDaemonKilledUnderAForegroundCommand(t *testing.T) {
	name := guest(t)
	bootID := inGuest(t, "cat", "/proc/sys/kernel/random/boot_id")
	var out lockedBuffer
	reader, writer := io.Pipe()
	call := world.host.Banger("vm", "exec", "-i", name, "--", "cat").Input(reader)
	call.Stdout = &out
	p, err := call.Start()
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(writer, "before\n")
	eventually(t, "the command runs", func() bool { return out.String() == "before\n" })
	old := killDaemon(t, world.host)
	io.WriteString(writer, "after\n")
	writer.Close()
	if r := p.Wait(t.Context()); r.Exit != 0 || out.String() != "before\nafter\n" {
		t.Errorf("exit %d, stdout %q, stderr %q", r.Exit, out.String(), r.Stderr)
	}
	if vm := show(t, name); vm.State != "running" || vm.BootID != strings.TrimSpace(bootID) {
		t.Errorf("with the next daemon it is %q with boot id %q, want the same guest (%q)", vm.State, vm.BootID, bootID)
	}
	if got := inGuest(t, "cat", "/proc/sys/kernel/random/boot_id"); got != bootID {
		t.Errorf("boot id %q, want %q", got, bootID)
	}
	if now := status(t, world.host).PID; now == old {
		t.Error("the killed daemon answers")
	}
}

func TestDaemonKilledUnderARunWithRm(t *testing.T) {
	var out lockedBuffer
	reader, writer := io.Pipe()
	call := world.host.Banger(vmRun("--rm", "-i", "--name", "survivor", "--", "sh", "-c", "echo ready; read line; echo $line; exit 9")...).Input(reader)
	call.Stdout = &out
	p, err := call.Start()
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the command runs", func() bool { return strings.Contains(out.String(), "ready") })
	killDaemon(t, world.host)
	io.WriteString(writer, "went on\n")
	writer.Close()
	if r := p.Wait(t.Context()); r.Exit != 9 || !strings.Contains(out.String(), "went on") {
		t.Errorf("exit %d, stdout %q, stderr %q", r.Exit, out.String(), r.Stderr)
	}
	eventually(t, "the next daemon deletes it", func() bool { return !exists(t, "survivor") })
}

func TestStoppingTheDaemonStopsNoVM(t *testing.T) {
	name := guest(t)
	before := show(t, name).BootID
	must(t, world.host, "daemon", "stop")
	if got := show(t, name); got.State != "running" || got.BootID != before {
		t.Errorf("after daemon stop: %q, boot id %q, want running and %q", got.State, got.BootID, before)
	}
}

func TestDaemonStopWithVMs(t *testing.T) {
	h := ownHost(t, true)
	must(t, h, append([]string{"vm", "create", "--name", "one"}, small...)...)
	must(t, h, "daemon", "stop", "--vms")
	if vm := mustJSON[api.VM](t, h, "vm", "show", "one"); vm.State != "stopped" {
		t.Errorf("after daemon stop --vms: %q", vm.State)
	}
}

// TestSupervisorKilled: when a shim dies its engine dies with it, and the VM is stopped, with the reason.
func TestSupervisorKilled(t *testing.T) {
	remove(t, "headless")
	must(t, world.host, append([]string{"vm", "create", "--name", "headless"}, small...)...)
	shim := supervisor(t, "headless")
	if err := syscall.Kill(shim, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the VM is stopped", func() bool { return show(t, "headless").State == "stopped" })
	if vm := show(t, "headless"); vm.Reason == "" {
		t.Error("no reason is given")
	}
	must(t, world.host, "vm", "start", "headless")
	wantState(t, "headless", "running")
}

// supervisor is the pid of a VM's shim, asked of the process at the other end of its socket.
func supervisor(t *testing.T, name string) int {
	t.Helper()
	conn, err := net.Dial("unix", show(t, name).Socket)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	raw, err := conn.(*net.UnixConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	pid := 0
	raw.Control(func(fd uintptr) {
		if cred, err := syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED); err == nil {
			pid = int(cred.Pid)
		}
	})
	if pid == 0 {
		t.Fatal("the supervisor's pid is not known")
	}
	return pid
}

// daemonHTTP asks the daemon without banger's client.
func daemonHTTP(t *testing.T, h *harness.Host, method, path string) (*http.Response, string) {
	t.Helper()
	socket := status(t, h).Socket
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}}
	req, err := http.NewRequestWithContext(t.Context(), method, "http://banger"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func TestErrorsAreProblems(t *testing.T) {
	guest(t)
	for path, code := range map[string]string{
		"/": "not_found", "/v1/no/such/path": "not_found", "/v2/vms": "not_found", "/v1/vms/no-such-vm": "not_found", "/v1/images/none": "not_found",
	} {
		resp, body := daemonHTTP(t, world.host, "GET", path)
		var p api.Problem
		if err := json.Unmarshal([]byte(body), &p); err != nil {
			t.Errorf("GET %s: not JSON: %q", path, body)
			continue
		}
		if resp.StatusCode != 404 || !strings.HasPrefix(resp.Header.Get("Content-Type"), "application/problem+json") || p.Code != code || p.Status != 404 || p.Detail == "" {
			t.Errorf("GET %s: status %d, type %q, %+v", path, resp.StatusCode, resp.Header.Get("Content-Type"), p)
		}
	}
	if resp, body := daemonHTTP(t, world.host, "PATCH", "/v1/vms"); resp.StatusCode != 405 || !strings.Contains(body, `"code"`) {
		t.Errorf("PATCH /v1/vms: %d %s", resp.StatusCode, body)
	}
}

// TestTwoHostsDoNotDisturbEachOther: other folders, another daemon, other VMs of the same name.
func TestTwoHostsDoNotDisturbEachOther(t *testing.T) {
	name := guest(t)
	h := ownHost(t, true)
	must(t, h, append([]string{"vm", "create", "--no-start", "--name", name}, small...)...)
	if a, b := status(t, h), status(t, world.host); a.PID == b.PID || a.Socket == b.Socket {
		t.Errorf("one daemon for two hosts: %+v and %+v", a, b)
	}
	must(t, h, "vm", "delete", name)
	wantState(t, name, "running")
}
