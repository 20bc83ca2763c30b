package config

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"banger/internal/problem"
)

func read(t testing.TB, text string, env map[string]string) Reading {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := Read(path, func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEveryValueSaysWhereItComesFrom(t *testing.T) {
	r := read(t, "# mine\nengine = \"qemu\"\nspares = 0x2\nvm_defaults = { disk_size = 1536, memory = \"1_0\" }\ntemplate_budget = 0\nnet = \"none\"\ncheck_peer = false",
		map[string]string{"BANGER_SPARES": "3", "BANGER_EXPOSE": "true", "BANGER_PROXY_LISTEN": "off", "BANGER_VM_DEFAULTS_MEMORY": "1536M"})
	var got []string
	for _, s := range r.Settings() {
		if s.File != "" {
			s.File = "FILE"
		}
		got = append(got, s.Key+"="+s.Value+" "+s.Source.String())
	}
	c := builtIn()
	vcpu, _ := find("vm_defaults.vcpu")
	want := []string{
		"log_level=info built in", "engine=qemu FILE, line 2", "default_image=debian-bookworm built in", "default_kernel=debian-cloud built in",
		"subnet=172.16.0.0/24 built in", "net=none FILE, line 6", "proxy_listen=off environment, BANGER_PROXY_LISTEN", "check_peer=false FILE, line 7", "expose=true environment, BANGER_EXPOSE", "dns_listen=127.0.0.1:42069 built in", "spares=3 environment, BANGER_SPARES", "template_budget=0 FILE, line 5",
		"idle_stop=auto built in", "quota.vms=0 built in", "quota.memory=80% built in", "quota.disk=90% built in",
		"vm_defaults.vcpu=" + vcpu.get(&c) + " this host's size", "vm_defaults.memory=1536M environment, BANGER_VM_DEFAULTS_MEMORY",
		"vm_defaults.disk_size=1536M FILE, line 4", "vm_defaults.system_size=8G built in",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	if len(r.Mistakes) != 1 || !strings.Contains(r.Mistakes[0].String(), `line 4: vm_defaults.memory: "1_0" is not a size; write 512M`) {
		t.Errorf("mistakes %v", r.Mistakes)
	}
}

func TestEveryMistakeIsReported(t *testing.T) {
	r := read(t, strings.Join([]string{
		`log_level = "loud"`,
		`colour = 3`,
		`spare = 1`,
		`default_image = """`,
		`two lines"""`,
		`subnet = "10.0.0.0/24"`,
		`net = "lan"`,
		`[vm_default]`,
		`vcpu = 0`,
		`[vm_defaults]`,
		`vcpu = 0`,
		`memory = "lots"`,
		`dsk_size = "1G"`,
		`engine = "qemu"`,
		`system_size = [`,
	}, "\n"), map[string]string{"BANGER_ENGINE": "vmware"})
	var got []string
	for _, m := range r.Mistakes {
		got = append(got, m.String())
	}
	want := []string{
		`line 1: log_level: "loud" is not one of debug, info, warn, error`,
		"line 2: there is no setting called colour; banger config show lists them",
		"line 3: there is no setting called spare; did you mean spares?",
		`line 6: subnet: "10.0.0.0/24" is not a network like 172.16.0.0/24 within 172.16.0.0/12`,
		`line 7: net: "lan" is no network policy`,
		"line 8: there is no setting called vm_default; did you mean vm_defaults?",
		`line 11: vm_defaults.vcpu: "0" is not a number from 1 on`,
		`line 12: vm_defaults.memory: "lots" is not a size; write 512M, 4G or 2048 (MiB)`,
		"line 13: there is no setting called vm_defaults.dsk_size; did you mean vm_defaults.disk_size?",
		"line 14: there is no setting called vm_defaults.engine; did you mean engine?",
		"line 15: ",
		`the environment's BANGER_ENGINE: engine: "vmware" is not one of auto, qemu, emulated`,
	}
	if len(got) != len(want) {
		t.Fatalf("%d mistakes, want %d:\n%s", len(got), len(want), strings.Join(got, "\n"))
	}
	for i := range want {
		if !strings.Contains(got[i], want[i]) {
			t.Errorf("%s\nwant %s", got[i], want[i])
		}
	}
	if err := r.Err(); !strings.Contains(err.Error(), "line 1: log_level") || !strings.Contains(problem.RemedyOf(err), "banger config check lists all 12 mistakes") {
		t.Errorf("error %v, remedy %q; want the first, and how to see the others", err, problem.RemedyOf(err))
	}
	wantConfig := builtIn()
	wantConfig.DefaultImage = "two lines" // nothing is wrong with that one
	if !reflect.DeepEqual(r.Config, wantConfig) {
		t.Errorf("in force: %+v", r.Config)
	}
}

func TestNearest(t *testing.T) {
	for key, want := range map[string]string{
		"engin": "engine", "defaultimage": "default_image", "template_bugdet": "template_budget", "vcpu": "vm_defaults.vcpu",
		"vm_defaults.cpus": "vm_defaults.vcpu", "vm_default": "vm_defaults", "vm_defaults.foo": "", "colour": "", "": "", "x": "",
		strings.Repeat("engine", 1000): "",
	} {
		if got := nearest(key); got != want {
			t.Errorf("nearest(%.20q) = %q, want %q", key, got, want)
		}
	}
}

// TestEveryDefaultIsAllowed: what is shown can be written into the file.
func TestEveryDefaultIsAllowed(t *testing.T) {
	c := builtIn()
	for _, s := range settings {
		copied := c
		if err := s.set(&copied, s.get(&c)); err != nil || !reflect.DeepEqual(copied, c) {
			t.Errorf("%s: %q, %v", s.key, s.get(&c), err)
		}
	}
}

// FuzzFile: any file gives settings that can be written back, and mistakes on lines that it has.
func FuzzFile(f *testing.F) {
	for _, text := range []string{
		"", "engine = \"qemu\"", "[vm_defaults]\nvcpu = 0x2 # x", "vm_defaults = { memory = \"2G\" }", "[[vm_defaults]]", "a.b = [1, {c = 2}]", "[env]\nA = 1\n\"B C\" = \"\"",
		"log_level = \"\"\"\nx\"\"\"", "spares = 1e3", "check_peer = false", "check_peer = \"true\"", "spares = 99999999999999999999", "x = 1979-05-27T07:32:00Z", "\"\" = 1", "\xff = 1", "engine = \"\\u0000\"",
		"[[file_sync]]\nhost = \"~/.a\"\nmode = \"0600\"\n[[file_sync]]\nhost = \"/home/u/b\"\nguest = \"c\"", "file_sync = [{host = \"a\"}, {}, {host = 1}]",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		entries, broken := parse(text)
		lines := bytes.Count(text, []byte("\n")) + 1
		r, last := Reading{Config: builtIn(), sources: map[string]Source{}}, 1
		for _, e := range entries {
			if e.line < last || e.line > lines {
				t.Errorf("line %d after %d, of %d", e.line, last, lines)
			}
			last = e.line
		}
		r.takeFile("", "/home/u", entries)
		if broken != nil && (broken.line < 1 || broken.line > lines || broken.text == "") {
			t.Errorf("%+v in %d lines", broken, lines)
		}
		back := builtIn()
		for _, s := range r.Settings() {
			if strings.HasPrefix(s.Key, syncList) {
				continue
			}
			known, _ := find(s.Key)
			if err := known.set(&back, s.Value); err != nil {
				t.Errorf("%s: %q came from the file, and is refused: %v", s.Key, s.Value, err)
			}
		}
		items, _ := parse([]byte(asTables(r.fileSyncSettings())))
		again := Reading{sources: map[string]Source{}}
		if again.takeFile("", "/home/u", items); len(again.Mistakes) > 0 {
			t.Errorf("file_sync came from the file, and is refused: %v", again.Mistakes)
		}
		back.FileSync = again.Config.FileSync
		if !reflect.DeepEqual(back, r.Config) {
			t.Errorf("%+v was written back as %+v", r.Config, back)
		}
	})
}
