package cli

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"

	"banger/api"
)

// completes asks for what a shell would, for the last word of line.
func (w *world) completes(line string) result {
	return w.run(append([]string{"__completeNoDesc"}, strings.Split(line, " ")...)...)
}

// aWorldOfThings has VMs in every state, images, kernels and snapshots.
func aWorldOfThings(t *testing.T) *world {
	w := newWorld(t)
	w.daemon.Answer("GET /v1/vms", api.VMList{VMs: []api.VM{
		{Name: "new", State: "created"}, {Name: "up", State: "running"}, {Name: "up2", State: "running"}, {Name: "cold", State: "paused"},
		{Name: "off", State: "stopped"}, {Name: "bad", State: "error"}, {Name: "soon", State: "starting"},
	}})
	w.daemon.Answer("GET /v1/images", api.ImageList{Images: []api.Image{{Name: "debian-bookworm"}, {Name: "dev"}}})
	w.daemon.Answer("GET /v1/kernels", api.KernelList{Kernels: []api.Kernel{{Name: "debian-cloud"}}})
	w.daemon.Answer("GET /v1/snapshots", api.SnapshotList{Snapshots: []api.Snapshot{{Name: "before"}, {Name: "after"}}})
	return w
}

func TestCompletionNamesWhatFits(t *testing.T) {
	w := aWorldOfThings(t)
	for line, want := range map[string]string{
		"vm start ": "new off bad :4", "vm stop ": "up up2 cold :4", "vm kill ": "up up2 cold soon :4", "vm delete ": "new up up2 cold off bad soon :4",
		"vm stop up ":              "up2 cold :4", // what stands there is not offered again
		"vm exec ":                 "up up2 cold :4",
		"vm exec up ":              ":4", // the guest's files are not this host's
		"vm show ":                 "new up up2 cold off bad soon :4",
		"vm show up ":              ":4",
		"vm fork ":                 "up up2 cold :4",
		"vm restore ":              "new up up2 cold off bad soon :4",
		"vm restore up ":           "before after :4",
		"vm restore up a ":         ":4",
		"vm snapshot up ":          ":4", // a new name
		"snapshot show ":           "before after :4",
		"snapshot delete ":         "before after :4",
		"image delete ":            "debian-bookworm dev :4",
		"image delete dev ":        "debian-bookworm :4",
		"image warm ":              "debian-bookworm dev :4",
		"kernel delete ":           "debian-cloud :4",
		"kernel show ":             "debian-cloud :4",
		"run --image ":             "debian-bookworm dev :4",
		"vm create --kernel ":      "debian-cloud :4",
		"vm list ":                 ":4", // takes nothing
		"vm create --name ":        ":4",
		"config check ":            ":0", // files
		"config check a ":          ":4",
		"kernel import --from ":    ":0",
		"kernel import --modules ": ":16", // folders
		"dns install --root ":      ":16",
		"dns ":                     "install status uninstall :4",
		"daemon ":                  "logs start status stop :4",
		"help daemon ":             "logs start status stop :4",
		"help daemon xyzzy ":       ":4",
		"":                         "completion config daemon dns doctor help image kernel net operations ps run snapshot system version vm :4",
	} {
		r := w.completes(line)
		if got := strings.Join(strings.Fields(r.stdout), " "); r.status != 0 || got != want {
			t.Errorf("%q: status %d, %q, want %q", line, r.status, got, want)
		}
	}
}

// TestCompletionIsSilent when no daemon runs, when one does not answer what it is asked, and when one is dead.
func TestCompletionIsSilent(t *testing.T) {
	refusing, dead, mute := newWorld(t), newWorld(t), emptyWorld(t)
	refusing.daemon.Refuse("GET /v1/vms", api.Problem{Detail: "a long story"})
	dead.daemon.Close()
	runtime := mute.env["BANGER_RUNTIME_DIR"]
	if err := os.Mkdir(runtime, 0o700); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("unix", runtime+"/bangerd.sock") // and nobody accepts
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	for name, w := range map[string]*world{"none": emptyWorld(t), "refusing": refusing, "dead": dead, "mute": mute} {
		r := w.completes("vm stop ")
		r.want(t, 0, ":4\n")
		if strings.Count(r.stderr, "\n") != 1 || !strings.HasPrefix(r.stderr, "Completion ended with directive") { // cobra's own, which scripts throw away
			t.Errorf("%s: says %q", name, r.stderr)
		}
		if name == "none" {
			if entries, _ := os.ReadDir(w.dir); len(entries) != 0 {
				t.Errorf("it made %v", entries)
			}
		}
	}
}

func TestEveryShellHasItsCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		r := emptyWorld(t).run("completion", shell)
		r.want(t, 0, r.stdout)
		if !strings.Contains(r.stdout, "__complete") || !strings.Contains(r.stdout, "banger") {
			t.Errorf("%s: %.200q", shell, r.stdout)
		}
	}
}

// missing has the world's daemon know nothing by the name that it is asked for.
func (w *world) missing() {
	w.daemon.Handle("/v1/", func(rw http.ResponseWriter, r *http.Request) {
		p := api.Problem{Code: "not_found", Detail: `nothing is called "befor" or "dve"`, Remedy: "list them"}
		if ref, of := strings.CutPrefix(r.URL.Path, "/v1/vms/"); of && !strings.HasSuffix(ref, "/restore") {
			ref, _, _ = strings.Cut(ref, "/")
			p.Detail, p.Remedy = fmt.Sprintf("no VM is called %q", ref), "banger vm list"
		}
		rw.Header().Set("Content-Type", "application/problem+json")
		rw.WriteHeader(http.StatusNotFound)
		json.NewEncoder(rw).Encode(p)
	})
}
