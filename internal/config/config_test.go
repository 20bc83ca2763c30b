package config

import (
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"banger/internal/problem"
)

func load(t *testing.T, text string, env map[string]string) (Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(path, func(name string) string { return env[name] })
}

func TestNothingSet(t *testing.T) {
	c, err := Load(filepath.Join(t.TempDir(), "absent.toml"), func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(c, builtIn()) {
		t.Errorf("got %+v, want %+v", c, builtIn())
	}
	d := c.VMDefaults
	if d.VCPU < 1 || d.VCPU > 4 || d.Memory < 512<<20 || d.Memory > 8<<30 || d.DiskSize != 8<<30 || d.SystemSize != 8<<30 {
		t.Errorf("defaults of a VM: %+v", d)
	}
}

func TestFileAndEnvironment(t *testing.T) {
	c, err := load(t, `
log_level = "debug"
engine = "emulated"
default_image = "mine"
default_kernel = "own"
subnet = "172.20.3.0/24"
net = "none,host-ports=5432"
proxy_listen = "[::1]:8000"
check_peer = false
dns_listen = "127.0.0.53:1053"
spares = 3
template_budget = "2G"
idle_stop = "2h"
quota = { vms = 7, memory = "150%", disk = "1T" }
[env]
CI = 1
GREETING = "hello = you"
[vm_defaults]
vcpu = 3
memory = 2048
disk_size = "16GiB"
system_size = "4096"
`, map[string]string{"BANGER_ENGINE": "qemu", "BANGER_VM_DEFAULTS_DISK_SIZE": "1G", "BANGER_DEFAULT_IMAGE": ""})
	if err != nil {
		t.Fatal(err)
	}
	want := Config{
		LogLevel: "debug", Engine: "qemu", DefaultImage: "mine", DefaultKernel: "own",
		Subnet: netip.MustParsePrefix("172.20.3.0/24"), Net: "none,host-ports=5432", DNSListen: netip.MustParseAddrPort("127.0.0.53:1053"),
		Spares: 3, TemplateBudget: 2 << 30,
		ProxyListen: netip.MustParseAddrPort("[::1]:8000"),
		IdleStop:    IdleStop{After: 2 * time.Hour}, Quota: Quota{VMs: 7, Memory: Limit{Percent: 150}, Disk: Limit{Bytes: 1 << 40}},
		Env:        map[string]string{"CI": "1", "GREETING": "hello = you"},
		VMDefaults: VMDefaults{VCPU: 3, Memory: 2 << 30, DiskSize: 1 << 30, SystemSize: 4 << 30},
	}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got %+v, want %+v", c, want)
	}
}

func TestMistakesAreNamed(t *testing.T) {
	for text, want := range map[string]string{
		"engine = \"auto\"\ncolour = 3\n":      "line 2: there is no setting called colour",
		"[vm_defaults]\n\ncpus = 1\n":          "line 3: there is no setting called vm_defaults.cpus",
		"engine = auto\n":                      "line 1: ",
		"\nengine = \"vmware\"":                `line 2: engine: "vmware" is not one of`,
		"log_level = \"loud\"":                 `log_level: "loud" is not one of`,
		"default_image = \"\"":                 "default_image: it cannot be empty",
		"default_image = true":                 "default_image is neither text nor a whole number",
		"subnet = \"10.0.0.0/24\"":             `subnet: "10.0.0.0/24" is not a network like`,
		"subnet = \"172.16.0.1/24\"":           `subnet: "172.16.0.1/24"`,
		"dns_listen = \"localhost:5353\"":      `dns_listen: "localhost:5353" is not off, or an address of the loopback`,
		"[vm_defaults]\nvcpu = 0":              `vm_defaults.vcpu: "0" is not a number from 1 on`,
		"[vm_defaults]\nmemory = -1":           `vm_defaults.memory: a size of "-1" is nothing`,
		"[vm_defaults]\nmemory = \"lots\"":     `vm_defaults.memory: "lots" is not a size`,
		"[vm_defaults]\nmemory = [1]":          "vm_defaults.memory is neither text nor a whole number",
		"vm_defaults = 7":                      `line 1: "vm_defaults" is a table of settings`,
		"[[vm_defaults]]\nvcpu = 1":            `line 1: "vm_defaults" is a table of settings`,
		"\n[defaults]\nvcpu = 1":               "line 2: there is no setting called defaults",
		"engine.x = 1":                         "line 1: there is no setting called engine.x",
		"engine = { x = 1 }":                   "line 1: engine is neither text nor a whole number",
		"spares = 17":                          `line 1: spares: "17" is not a number from 0 to 16`,
		"engine = \"auto\"\nengine = \"qemu\"": "line 2: ",
		"[env]\n\"A B\" = 1":                   `line 2: env.A B: "A B" is no name of a variable`,
		"[env]\nA = [1]":                       "env.A is neither text nor a whole number",
		"env = 1":                              "is a table of settings",
		"check_peer = 1":                       `check_peer: "1" is not true or false`,
		"check_peer = [true]":                  "check_peer is neither text nor a whole number",
		"proxy_listen = 7788":                  `proxy_listen: "7788" is not off, or an address of the loopback`,
		"spares = 1\nspares = 2\ncolour = 3":   "line 2: ",
	} {
		_, err := load(t, text, nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got error %v, want it to say %q", text, err, want)
			continue
		}
		if strings.Contains(err.Error(), "config.file") || strings.Contains(err.Error(), "struct") {
			t.Errorf("%q: the error shows a Go type: %v", text, err)
		}
		if problem.CodeOf(err) != problem.Invalid || problem.RemedyOf(err) == "" {
			t.Errorf("%q: code %s, remedy %q", text, problem.CodeOf(err), problem.RemedyOf(err))
		}
	}
	_, err := load(t, "", map[string]string{"BANGER_VM_DEFAULTS_VCPU": "two"})
	if err == nil || !strings.Contains(err.Error(), "BANGER_VM_DEFAULTS_VCPU") {
		t.Errorf("got %v, want the variable named", err)
	}
}

func TestUnreadableFile(t *testing.T) {
	if _, err := Load(t.TempDir(), func(string) string { return "" }); err == nil {
		t.Error("a folder was taken for a configuration")
	}
	if _, err := load(t, strings.Repeat("# no end\n", 1<<17), nil); err == nil || !strings.Contains(err.Error(), "more than 1048576 bytes") {
		t.Errorf("a huge file: got %v", err)
	}
}

func TestSameMistakeIsToldEachTime(t *testing.T) {
	for range 20 {
		_, err := load(t, "engine = \"x\"\nlog_level = \"x\"\nsubnet = \"x\"\n[vm_defaults]\nvcpu = 0", nil)
		if err == nil || !strings.Contains(err.Error(), "engine") {
			t.Fatalf("got %v, want the first by line", err)
		}
		_, err = load(t, "", map[string]string{"BANGER_ENGINE": "x", "BANGER_LOG_LEVEL": "x", "BANGER_SUBNET": "x"})
		if err == nil || !strings.Contains(err.Error(), "BANGER_LOG_LEVEL") {
			t.Fatalf("got %v, want the first of the table", err)
		}
	}
}

func TestParseSize(t *testing.T) {
	for text, want := range map[string]int64{
		"512M": 512 << 20, "4G": 4 << 30, "4GiB": 4 << 30, "4gb": 4 << 30, "2048": 2 << 30, "64k": 64 << 10, "1T": 1 << 40, "64T": 64 << 40,
	} {
		if got, err := ParseSize(text); got != want || err != nil {
			t.Errorf("ParseSize(%q) = %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "0", "0G", "-1", "-4G", "+4G", "1.5G", "4X", "4GiBs", "4I", "G", "4 G", "0x10", "9999999999999G", "65T", "99999999999999999999"} {
		if got, err := ParseSize(text); err == nil {
			t.Errorf("ParseSize(%q) = %d, want an error", text, got)
		}
	}
}

func TestFormatSize(t *testing.T) {
	for bytes, want := range map[int64]string{
		8 << 30: "8G", 1536 << 20: "1.5G", 512 << 20: "512M", 2 << 40: "2T", 4096: "4K", 10: "10B", 0: "0B",
	} {
		if got := FormatSize(bytes); got != want {
			t.Errorf("FormatSize(%d) = %q, want %q", bytes, got, want)
		}
	}
}

func TestMemoryForAHost(t *testing.T) {
	for host, want := range map[uint64]int64{1 << 30: 512 << 20, 24 << 30: 3 << 30, 256 << 30: 8 << 30, 8<<30 + 12345: 1 << 30} {
		if got := memoryFor(host); got != want {
			t.Errorf("memoryFor(%d) = %d, want %d", host, got, want)
		}
	}
}

func FuzzParseSize(f *testing.F) {
	f.Add("4GiB")
	f.Fuzz(func(t *testing.T, text string) {
		if n, err := ParseSize(text); err == nil && (n <= 0 || n > MaxSize) {
			t.Errorf("ParseSize(%q) = %d", text, n)
		}
	})
}
