package cli

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"banger/api"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares text with a file of testdata.
func golden(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if text != string(want) {
		t.Errorf("%s differs; go test -update writes it anew\ngot:\n%s\nwant:\n%s", path, text, want)
	}
}

// TestHelp keeps every page of help, so that a change of a word is seen.
func TestHelp(t *testing.T) {
	var all strings.Builder
	var visit func(cmd *cobra.Command, path []string)
	visit = func(cmd *cobra.Command, path []string) {
		r := emptyWorld(t).run(append(path, "--help")...)
		r.want(t, 0, r.stdout)
		all.WriteString("$ banger " + strings.Join(append(path, "--help"), " ") + "\n" + r.stdout + "\n")
		for _, sub := range cmd.Commands() {
			visit(sub, append(path[:len(path):len(path)], sub.Name()))
		}
	}
	visit(Commands(), nil)
	golden(t, "help.txt", all.String())
	for line := range strings.Lines(all.String()) {
		if len(line) > 141 {
			t.Errorf("a line of %d characters: %s", len(line), line)
		}
	}
}

// TestEveryCommandIsExplained: short, long, and an example or an obvious use.
func TestEveryCommandIsExplained(t *testing.T) {
	var visit func(cmd *cobra.Command)
	visit = func(cmd *cobra.Command) {
		for _, sub := range cmd.Commands() {
			if sub.Short == "" || !sub.HasSubCommands() && sub.Long == "" {
				t.Errorf("%s has no help", sub.CommandPath())
			}
			visit(sub)
		}
	}
	visit(Commands())
}

var noon = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

var someVMs = api.VMList{VMs: []api.VM{
	{ID: "0123456789abcdef0123456789abcdef", Name: "quiet-otter", State: "running", Engine: "emulated", Image: "debian-bookworm", Kernel: "debian-cloud", IP: "172.16.0.2", Net: "allow=github.com", Loopback: "127.77.0.2", Publish: []string{"127.0.0.1:8080:80"},
		VCPU: 2, Memory: 2 << 30, Disk: 8 << 30, System: 8 << 30, BootID: "b", Socket: "/run/banger/vms/x/shim.sock", Created: noon.Add(-90 * time.Second), Started: noon, Touched: noon},
	{ID: "fedcba98765432100123456789abcdef", Name: "a-name-that-is-so-long-that-a-narrow-terminal-has-no-room", State: "error", Image: "deb\x1b[31mian", Kernel: "debian-cloud", IP: "172.16.0.3",
		VCPU: 1, Memory: 512 << 20, Disk: 3 << 29, System: 8 << 30, Rm: true, Reason: "the guest's kernel panicked\nhere", Created: noon.Add(-50 * time.Hour), Touched: noon},
}}

func TestTables(t *testing.T) {
	images := []api.Image{{ID: "aa3456789012345", Name: "debian-bookworm", Size: 412 << 20, Created: noon.Add(-time.Hour)}}
	kernels := []api.Kernel{{Name: "debian-cloud", Release: "6.1.0-56-cloud-amd64", Version: "6.1.192-2", Size: 5 << 30 / 2, Created: noon.Add(-800 * 24 * time.Hour)}}
	golden(t, "tables.txt", strings.Join([]string{
		vmTable(someVMs.VMs, noon).text(style{}), vmTable(someVMs.VMs, noon).text(style{width: 100}), vmTable(nil, noon).text(style{}),
		imageTable(images, noon).text(style{}), kernelTable(kernels, noon).text(style{}),
	}, "\n"))
}

func TestFacts(t *testing.T) {
	time.Local = time.UTC
	kernel := api.Kernel{Name: "k", Release: "6.1", Options: map[string]string{"CONFIG_B": "m", "CONFIG_A": "y"}, Files: map[string]string{"vmlinux": "abc"}, Created: noon}
	status := api.Status{PID: 7, Version: "1.2.3", Socket: "/run/x", Started: noon.Add(-3 * time.Hour), VMs: map[string]int{"stopped": 2, "running": 1}, Engine: "qemu", Why: "KVM is usable", Proxy: "127.0.0.1:7788", DNS: api.DNS{Listen: "127.0.0.1:42069"}}
	golden(t, "facts.txt", strings.Join([]string{
		vmFacts(someVMs.VMs[0]).text(style{}), vmFacts(someVMs.VMs[1]).text(style{}), kernelFacts(kernel).text(style{}),
		statusFacts(status, noon).text(style{}), statusFacts(api.Status{Started: noon}, noon).text(style{}),
	}, "\n"))
}

func TestTimelineText(t *testing.T) {
	line := &timeline{begun: time.Now(), phases: []api.Phase{{Name: "connect", Millis: 1.25}, {Name: "create", Millis: 2300}}}
	line.within("create", []api.Phase{{Name: "boot", Millis: 2250.04}})
	text, _, _ := strings.Cut(line.text(), "total")
	golden(t, "timing.txt", text[:strings.LastIndex(text, "\n")+1])
}
