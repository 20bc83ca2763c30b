package cli

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"banger/api"
)

func TestLists(t *testing.T) {
	w := newWorld(t)
	w.daemon.Answer("GET /v1/vms", someVMs)
	for line, want := range map[string]string{
		"vm list -q":                        someVMs.VMs[0].ID + "\n" + someVMs.VMs[1].ID + "\n",
		"ps -q":                             someVMs.VMs[0].ID + "\n",
		"ps -aq":                            someVMs.VMs[0].ID + "\n" + someVMs.VMs[1].ID + "\n",
		"vm list -ql":                       someVMs.VMs[1].ID + "\n",
		"vm list -q --filter state=running": someVMs.VMs[0].ID + "\n",
		"vm list -q --filter state=running --filter state=error":        someVMs.VMs[0].ID + "\n" + someVMs.VMs[1].ID + "\n",
		"vm list -q --filter name=quiet-* --filter engine=qemu":         "",
		"vm list -q --filter name=quiet-* --filter kernel=debian-cloud": someVMs.VMs[0].ID + "\n",
	} {
		w.run(strings.Fields(line)...).want(t, 0, want)
	}
	r := w.run("vm", "list")
	r.want(t, 0, r.stdout)
	if !strings.HasPrefix(r.stdout, "ID            NAME ") || strings.ContainsRune(r.stdout, '\x1b') || strings.Contains(r.stdout, "…") {
		t.Errorf("vm list prints\n%s", r.stdout)
	}
}

// TestJSONIsTheAPIs: the same names and values come back, and no character acts on a terminal.
func TestJSONIsTheAPIs(t *testing.T) {
	w := newWorld(t)
	nasty := someVMs.VMs[1]
	nasty.Reason = "c1 \u009b31m del \x7f bidi \u202e"
	w.daemon.Answer("GET /v1/vms", api.VMList{VMs: []api.VM{someVMs.VMs[0], nasty}})
	w.daemon.Answer("GET /v1/vms/{ref}", nasty)
	var list api.VMList
	r := w.run("vm", "list", "--json")
	if err := json.Unmarshal([]byte(r.stdout), &list); err != nil || len(list.VMs) != 2 || !reflect.DeepEqual(list.VMs[1], nasty) {
		t.Errorf("%v\n%s", err, r.stdout)
	}
	if strings.ContainsFunc(r.stdout, func(c rune) bool { return c != '\n' && unprintable(c) }) {
		t.Errorf("control characters in %q", r.stdout)
	}
	var vm api.VM
	if err := json.Unmarshal([]byte(w.run("vm", "show", "x", "--json").stdout), &vm); err != nil || !reflect.DeepEqual(vm, nasty) {
		t.Errorf("%v %+v", err, vm)
	}
	w.run("vm", "list", "--json", "--filter", "name=none").want(t, 0, "{\n  \"vms\": []\n}\n")
}

func TestBatchesAnswerInOrder(t *testing.T) {
	w := newWorld(t)
	last := make(chan struct{})
	w.daemon.Handle("POST /v1/vms/{ref}/stop", func(rw http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		switch r.PathValue("ref") {
		case "c":
			<-last // side by side: the first is done last
		case "b":
			defer close(last)
		case "bad":
			rw.Header().Set("Content-Type", "application/problem+json")
			rw.WriteHeader(http.StatusNotFound)
			io.WriteString(rw, `{"code":"not_found","detail":"no VM is called \"bad\"","remedy":"banger vm list"}`)
			return
		}
		rw.Header().Set("Content-Type", "text/event-stream")
		io.WriteString(rw, event("result", `{}`))
	})
	w.run("vm", "stop", "c", "bad", "a", "b").want(t, 1, "c\na\nb\n", "stop bad: no VM is called", "hint: banger vm list")
}

func TestAllChoosesWhatFits(t *testing.T) {
	w := newWorld(t)
	w.daemon.Answer("GET /v1/vms", api.VMList{VMs: []api.VM{
		{Name: "r", State: "running"}, {Name: "s", State: "stopped"}, {Name: "c", State: "created"}, {Name: "t", State: "starting"},
	}})
	for _, verb := range []string{"start", "stop", "kill"} {
		w.daemon.Answer("POST /v1/vms/{ref}/"+verb, struct{}{})
	}
	w.daemon.Answer("DELETE /v1/vms/{ref}", struct{}{})
	for line, want := range map[string]string{
		"vm start --all": "s\nc\n", "vm stop --all": "r\n", "vm kill --all": "r\nt\n", "vm delete --all -f": "r\ns\nc\nt\n", "vm rm s": "s\n",
	} {
		w.run(strings.Fields(line)...).want(t, 0, want)
	}
}

func TestBuildsPrintNamesAndSendPaths(t *testing.T) {
	w := newWorld(t)
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.WriteFile("vmlinuz", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var asked api.ImportKernel
	w.daemon.Handle("POST /v1/kernels/import", func(rw http.ResponseWriter, r *http.Request) {
		json.NewDecoder(r.Body).Decode(&asked)
		io.WriteString(rw, `{"name":"mine"}`)
	})
	w.daemon.Send("POST /v1/kernels/pull", event("progress", `{"phase":"pull kernel"}`)+event("result", `{"name":"debian-cloud"}`))
	w.daemon.Send("POST /v1/images", event("error", `{"code":"exhausted","detail":"build image dev: no space left on device","remedy":"make room"}`))
	w.run("kernel", "import", "mine", "--from", "vmlinuz", "--modules", ".").want(t, 0, "mine\n")
	if asked.From != filepath.Join(dir, "vmlinuz") || asked.Modules != dir {
		t.Errorf("asked for %+v", asked)
	}
	w.run("kernel", "pull").want(t, 0, "debian-cloud\n")
	w.run("image", "build", "dev", "--include", "gcc,make").want(t, 1, "", "no space left", "hint: make room")
}
