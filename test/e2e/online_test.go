package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"banger/api"
	"banger/internal/network"
	"banger/test/harness"
)

// online is a host with an internet of the tests' own behind its cable, and a VM in it. The tests that share it set the VM's network as
// they need it.
type online struct {
	*harness.Host
	vm api.VM
}

var sharedOnline struct {
	sync.Once
	online
}

// goOnline gives the shared one; false to whoever may not make namespaces.
func goOnline(t *testing.T) (online, bool) {
	t.Helper()
	if os.Getuid() != 0 {
		return online{}, false
	}
	sharedOnline.Do(func() {
		dir := filepath.Join(world.dir, "internet")
		var err error
		if world.internet, err = harness.StartInternet(dir); err != nil {
			t.Fatal(err)
		}
		publish(t, filepath.Join(dir, "www"))
		h, err := newHost("online", true)
		if err != nil {
			t.Fatal(err)
		}
		world.internet.Join(h)
		h.Extra = []string{"BANGER_TEMPLATE_BUDGET=0", "BANGER_SPARES=0", "BANGER_PROXY_LISTEN=127.0.0.1:7788"} // a port of its own namespace
		must(t, h, append([]string{"vm", "create", "--name", "web"}, small...)...)
		sharedOnline.online = online{h, mustJSON[api.VM](t, h, "vm", "show", "web")}
	})
	if sharedOnline.Host == nil {
		t.Fatal("the tests' internet did not start")
	}
	return sharedOnline.online, true
}

// in runs a script of bash's in a VM.
func (o online) in(t *testing.T, vm, script string) harness.Result {
	t.Helper()
	return run(t, o.Banger("vm", "exec", vm, "--", "bash", "-c", script))
}

// allow sets what the shared VM may reach.
func (o online) allow(t *testing.T, policy string) {
	t.Helper()
	must(t, o.Host, "vm", "set", o.vm.Name, "--net", policy)
}

// log is a VM's log of its network.
func (o online) log(t *testing.T, vm api.VM) (all []network.Entry) {
	t.Helper()
	for line := range bytes.Lines(readFile(t, filepath.Join(o.State, "vms", vm.ID, "network.log"))) {
		var e network.Entry
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		all = append(all, e)
	}
	return all
}

// seen is what came out of the host since it was called last.
func seen(t *testing.T) harness.Seen {
	t.Helper()
	s, err := world.internet.Seen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}
