package e2e

import (
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"banger/api"
	"banger/test/harness"
)

// TestForkOfARunningVM: copies have memory and disks of one moment, and lives of their own; the VM that was copied, and whoever
// works in it, notices nothing.
func TestForkOfARunningVM(t *testing.T) {
	h := forkingHost(t, true)
	for name, args := range map[string][]string{"booted": {"--no-fork"}, "forked": nil} {
		if name == "forked" {
			warm(t, h, "debian-bookworm")
		}
		must(t, h, append(append([]string{"vm", "create", "--name", name}, small...), args...)...)
		if how := mustJSON[api.VM](t, h, "vm", "show", name).Start; !strings.HasPrefix(how, name) {
			t.Fatalf("%s was started so: %q", name, how)
		}
		t.Run(name, func(t *testing.T) {
			// In memory, in the cache of two disks, and a process that counts.
			must(t, h, "vm", "exec", name, "--", "sh", "-c", "echo memory >/dev/shm/m; echo system >/etc/s; echo work >/root/w")
			must(t, h, "vm", "exec", "-d", name, "--", "sh", "-c", "while :; do n=$((n+1)); echo $n >/dev/shm/n; sleep 0.02; done")
			reader, writer := io.Pipe()
			var out lockedBuffer
			call := h.Banger("vm", "exec", "-i", name, "--", "cat").Input(reader)
			call.Stdout = &out
			session, err := call.Start()
			if err != nil {
				t.Fatal(err)
			}
			io.WriteString(writer, "before ")
			eventually(t, "the session answers", func() bool { return out.String() == "before " })

			forks := mustJSON[api.Forks](t, h, "vm", "fork", name, "--count", "3")
			io.WriteString(writer, "after")
			eventually(t, "the session goes on", func() bool { return out.String() == "before after" })
			writer.Close()
			if r := session.Wait(t.Context()); r.Exit != 0 {
				t.Errorf("the session ended with %d: %s", r.Exit, r.Stderr)
			}
			copies := namesOf(forks.VMs)
			if len(copies) != 3 || forks.PausedMillis <= 0 {
				t.Fatalf("fork gave %+v", forks)
			}
			grandchild := strings.TrimSpace(must(t, h, "vm", "fork", copies[0]))
			family := append([]string{name, grandchild}, copies...)
			seen := map[string]bool{}
			for _, vm := range family {
				wantCopy(t, h, vm, seen)
			}
			for _, vm := range family {
				if out := must(t, h, "vm", "exec", vm, "--", "cat", "/dev/shm/own", "/root/own"); out != vm+"\n"+vm+"\n" {
					t.Errorf("%s holds what another wrote: %q", vm, out)
				}
			}
			for _, vm := range []string{name, grandchild} {
				// A file system that does not match its memory would not end well.
				must(t, h, "vm", "stop", vm)
				if out := must(t, h, "vm", "exec", "--start", vm, "--", "cat", "/root/own", "/etc/s"); out != vm+"\nsystem\n" {
					t.Errorf("%s holds after a restart: %q", vm, out)
				}
			}
			must(t, h, append([]string{"vm", "delete", "-f"}, family...)...)
		})
	}
	if left := glob0(h, "captures/*"); len(left) != 0 {
		t.Errorf("left of forks: %v", left)
	}
}

func namesOf(vms []api.VM) (names []string) {
	for _, vm := range vms {
		names = append(names, vm.Name)
	}
	slices.Sort(names)
	return names
}

// wantCopy checks what a VM of a family knows, and writes something of its own.
func wantCopy(t *testing.T, h *harness.Host, vm string, seen map[string]bool) {
	t.Helper()
	const script = `cat /dev/shm/m /etc/s /root/w; hostname | tee /dev/shm/own >/root/own; cat /root/own
a=$(cat /dev/shm/n); for i in $(seq 100); do # a read between truncation and write gives nothing
	b=$(cat /dev/shm/n); test "${b:-0}" -gt "${a:-0}" && echo counts && break; sleep 0.1
done
ps -C cat >/dev/null && echo "a session of nobody's is left"
cat /etc/machine-id /proc/sys/kernel/random/boot_id /proc/sys/kernel/random/uuid; date +%s`
	lines := strings.Split(must(t, h, "vm", "exec", vm, "--", "sh", "-c", script), "\n")
	if want := []string{"memory", "system", "work", vm, "counts"}; len(lines) != 10 || !slices.Equal(lines[:5], want) {
		t.Fatalf("%s says %q, want %q first", vm, lines, want)
	}
	for _, id := range lines[5:8] {
		if seen[id] {
			t.Errorf("%s: %s is another's, too", vm, id)
		}
		seen[id] = true
	}
	seconds, err := strconv.ParseInt(lines[8], 10, 64)
	if off := time.Since(time.Unix(seconds, 0)).Abs(); err != nil || off > 5*time.Minute {
		t.Errorf("%s: the clock is %v off, %v", vm, off, err)
	}
}

// TestHooksAfterAFork: the guest's own executables run in order in the copies, and one that fails fails the copy.
func TestHooksAfterAFork(t *testing.T) {
	h := ownHost(t, true)
	must(t, h, append([]string{"vm", "create", "--no-fork", "--name", "hooked"}, small...)...)
	const hooks = "/etc/banger/after-fork.d"
	hook := func(name, script string) {
		t.Helper()
		must(t, h, "vm", "exec", "hooked", "--", "sh", "-c", "mkdir -p "+hooks+" && cat >"+hooks+"/"+name+" <<'EOF' && chmod +x "+hooks+"/"+name+"\n#!/bin/sh\n"+script+"\nEOF\n")
	}
	hook("20-second", "echo second >>/dev/shm/hooks")
	hook("10-first", "echo first $(hostname) >>/dev/shm/hooks")
	must(t, h, "vm", "exec", "hooked", "--", "sh", "-c", "echo echo never >"+hooks+"/15-no-executable")
	copied := strings.TrimSpace(must(t, h, "vm", "fork", "hooked"))
	if out := must(t, h, "vm", "exec", copied, "--", "cat", "/dev/shm/hooks"); out != "first "+copied+"\nsecond\n" {
		t.Errorf("the hooks wrote %q", out)
	}
	refusedHook := func(want string) {
		t.Helper()
		refused(t, h, 1, []string{"self-test failed", "hooks: " + hooks + "/30-odd: " + want}, "vm", "fork", "hooked")
	}
	hook("30-odd", "exit 3")
	refusedHook("it ended with 3")
	hook("30-odd", "sleep 100")
	refusedHook("it was ended after")
	if list := mustJSON[api.VMList](t, h, "vm", "list").VMs; len(list) != 2 {
		t.Errorf("%d VMs are there, want the first and its copy", len(list))
	}
}

// TestForkRefuses what cannot be forked, and leaves nothing.
func TestForkRefuses(t *testing.T) {
	name := guest(t)
	for _, count := range []string{"0", "-1", "1000"} {
		refused(t, world.host, 1, []string{count, "1 to 100"}, "vm", "fork", name, "--count", count)
	}
	refused(t, world.host, 1, []string{"nobody"}, "vm", "fork", "nobody")
	remove(t, "still")
	must(t, world.host, append([]string{"vm", "create", "--no-start", "--name", "still"}, small...)...)
	refused(t, world.host, 1, []string{"created", "banger vm start still"}, "vm", "fork", "still")
	if out := must(t, world.host, "vm", "health", name); !strings.Contains(out, "disks: ok") || !strings.Contains(out, "clock: ok") {
		t.Errorf("vm health says %q", out)
	}
}
