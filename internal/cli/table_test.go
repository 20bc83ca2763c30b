package cli

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/clipperhouse/displaywidth"

	"banger/api"
)

// escapes are the only sequences that this package sends to a terminal between characters.
var escapes = regexp.MustCompile("\x1b\\[[0-9]*m")

// nasty are names as a daemon of another version, or a guest, could send them.
var nasty = []string{
	"web", strings.Repeat("long-", 30), "仮想マシン仮想マシン仮想マシン", "e\u0301\u0301te\u0301 a\u0308\u0323", "🚀🚀🚀👩‍👩‍👧‍👦🇩🇪", "\x1b[31mred\x07\u009b2J\r\n\u202eabc", "\xff\xfe", "",
}

// everyTable is each table of this package with nasty names in it, and without a row.
func everyTable() map[string]*table {
	var vms []api.VM
	var images []api.Image
	var kernels []api.Kernel
	var offers []api.KernelOffer
	var snapshots []api.Snapshot
	var operations []api.Operation
	var items []api.Usage
	var ports []api.Port
	var samples []sample
	for i, name := range nasty {
		id := fmt.Sprintf("%032d", i)
		vms = append(vms, api.VM{ID: id, Name: name, State: "running", Image: name, Engine: name, IP: "172.16.0.2", VCPU: 2, Created: noon})
		images = append(images, api.Image{ID: id, Name: name, Size: 1 << 30, Created: noon})
		kernels = append(kernels, api.Kernel{Name: name, Release: name, Version: name, Created: noon})
		offers = append(offers, api.KernelOffer{Release: name, Version: name, Package: name, Kernels: nasty})
		snapshots = append(snapshots, api.Snapshot{ID: id, Name: name, VM: name, Created: noon})
		operations = append(operations, api.Operation{ID: id, Kind: "start-vm", Target: name, State: "failed", Started: noon, Problem: &api.Problem{Detail: name}})
		ports = append(ports, api.Port{Port: i, Address: "fe80::1234:5678:9abc:def0", Process: name})
		samples = append(samples, sample{Stats: api.Stats{VM: name}})
		items = append(items, api.Usage{Kind: "templates", Count: 1 << i})
	}
	return map[string]*table{
		"vms": vmTable(vms, noon), "no vms": vmTable(nil, noon), "images": imageTable(images, noon), "no images": imageTable(nil, noon),
		"kernels": kernelTable(kernels, noon), "offers": offerTable(offers), "snapshots": snapshotTable(snapshots, noon),
		"operations": operationTable(operations), "ports": portTable(ports), "stats": statsTable(samples), "no operations": operationTable(nil), "usage": usageTable(api.DiskUsage{Items: items}),
	}
}

// TestTablesFit at every width, whatever names are; what identifies a thing stays as long as it can.
func TestTablesFit(t *testing.T) {
	for name, table := range everyTable() {
		for _, width := range []int{1, 5, 12, 20, 40, 60, 80, 120, 1000} {
			text := table.text(style{width: width, escapes: true})
			lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
			for _, line := range lines {
				bare := escapes.ReplaceAllString(line, "")
				if n := displaywidth.String(bare); n > width {
					t.Errorf("%s at %d: %q takes %d", name, width, bare, n)
				}
				if strings.ContainsFunc(bare, unprintable) {
					t.Errorf("%s at %d: %q acts on a terminal", name, width, bare)
				}
			}
			if rows := len(table.columns[0].cells); len(lines) != rows {
				t.Errorf("%s at %d: %d lines for %d rows", name, width, len(lines), rows)
			}
			if width >= 40 && strings.HasSuffix(name, "vms") && !strings.Contains(lines[0], "NAME") {
				t.Errorf("%s at %d: %q", name, width, lines[0])
			}
		}
	}
}

// TestColumnsStandBelowEachOther for characters that take two places, or none.
func TestColumnsStandBelowEachOther(t *testing.T) {
	table := newTable("NAME", "STATE", "SIZE")
	for _, name := range nasty {
		table.add(name, "running", "END")
	}
	for line := range strings.Lines(table.text(style{})) {
		before, _, found := strings.Cut(line, "END")
		if found && displaywidth.String(before) != table.columns[0].width+gap+len("running")+gap {
			t.Errorf("%q", line)
		}
	}
}

func TestColumnsAreNoWiderThanNeeded(t *testing.T) {
	table := newTable("NAME", "SIZE")
	table.add("世界", "1G")
	if got, want := table.text(style{}), "NAME  SIZE\n世界  1G\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestStatesHaveColours on a terminal that wants them, and in no other place.
func TestStatesHaveColours(t *testing.T) {
	table := newTable("NAME", "STATE", "SIZE")
	for _, state := range []string{"running", "paused", "error", "stopped", "created"} {
		table.add("running", state, "error")
	}
	want := "NAME     STATE    SIZE\nrunning  \x1b[32mrunning\x1b[0m  error\nrunning  \x1b[33mpaused\x1b[0m   error\n" +
		"running  \x1b[31merror\x1b[0m    error\nrunning  \x1b[2mstopped\x1b[0m  error\nrunning  created  error\n"
	if got := table.text(style{escapes: true}); got != want {
		t.Errorf("%q\nwant %q", got, want)
	}
	if got := table.text(style{}); got != escapes.ReplaceAllString(want, "") {
		t.Errorf("without colours: %q", got)
	}
	if got := vmFacts(api.VM{State: "paused", Name: "paused"}).text(style{escapes: true}); !strings.Contains(got, "state:        \x1b[33mpaused\x1b[0m\n") || strings.Count(got, "\x1b") != 2 {
		t.Errorf("facts: %q", got)
	}
}

// TestColoursAreForPeople: a terminal shows them, but not in what programs read, and not where they are not wanted.
func TestColoursAreForPeople(t *testing.T) {
	for line, want := range map[string]struct {
		env  string
		says string
	}{
		"vm list":             {"", "\x1b[32mrunning\x1b[0m"},
		"vm show quiet-otter": {"", "\x1b[32mrunning\x1b[0m"},
		"vm show no":          {"", "\x1b[31mbanger:\x1b[0m no such thing\r\n\x1b[2mhint:\x1b[0m look\r\n"},
		"vm list -q":          {"", ""},
		"vm list --json":      {"", ""},
		"vm show no --json":   {"", ""},
		"ps -a":               {"NO_COLOR=1", ""},
		"ps":                  {"TERM=dumb", ""},
		"vm show no -h":       {"", ""},
	} {
		s := newScreen(t, 24, 120)
		w := newWorld(t).on(s)
		name, value, _ := strings.Cut(want.env, "=")
		w.env[name] = value
		w.daemon.Answer("GET /v1/vms", someVMs)
		w.daemon.Answer("GET /v1/vms/quiet-otter", someVMs.VMs[0])
		w.daemon.Refuse("GET /v1/vms/no", api.Problem{Code: "conflict", Detail: "no such thing", Remedy: "look"})
		w.run(strings.Fields(line)...)
		if got := s.shown(); !strings.Contains(got, want.says) || want.says == "" && strings.Contains(got, "\x1b") {
			t.Errorf("%s with %s: %q", line, want.env, got)
		}
	}
}

func TestDoctorsRowsHaveColours(t *testing.T) {
	const text = "ok    kvm  usable\nwarn  disk  little\n            -> make room\nfail  tool  okay\nThis host is not ready.\n"
	want := "\x1b[32mok\x1b[0m    kvm  usable\n\x1b[33mwarn\x1b[0m  disk  little\n            -> make room\n\x1b[31mfail\x1b[0m  tool  okay\nThis host is not ready.\n"
	if got := paintRows(text, style{escapes: true}); got != want {
		t.Errorf("%q", got)
	}
	if got := paintRows(text, style{}); got != text {
		t.Errorf("%q", got)
	}
}
