package host

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"banger/internal/problem"
)

func TestTSCKHz(t *testing.T) {
	for cpuinfo, want := range map[string]int{
		"flags\t: tsc\nbogomips\t: 5192.25\nclflush size\t: 64\n": 2596125,
		"bogomips\t: 4000.00\n":                                   2000000,
		"no such line":                                            0,
		"bogomips\t: many\n":                                      0,
	} {
		if got := tscKHz([]byte(cpuinfo)); got != want {
			t.Errorf("tscKHz(%q) = %d, want %d", cpuinfo, got, want)
		}
	}
	if TSCKHz() < 100_000 {
		t.Errorf("this host's TSC runs at %d kHz, which no x86 CPU has", TSCKHz())
	}
}

func TestHardwareFlag(t *testing.T) {
	for cpuinfo, want := range map[string]bool{
		"flags\t\t: fpu vmx ept\n":                  true,
		"flags\t\t: fpu svm\n":                      true,
		"flags\t\t: fpu svmx avx\n":                 false,
		"model name\t: vmx\nflags\t\t: fpu pvmx \n": false,
	} {
		if got := hardwareFlag.MatchString(cpuinfo); got != want {
			t.Errorf("%q: got %v, want %v", cpuinfo, got, want)
		}
	}
}

func TestKVMSaysWhyNot(t *testing.T) {
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for device, want := range map[string]string{
		filepath.Join(dir, "absent"): "does not exist",
		plain:                        "makes no virtual machine",
		dir:                          "cannot be opened",
	} {
		err := kvm(device, "/proc/cpuinfo")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("kvm(%s): %v, want it to say %q", device, err, want)
		}
		if problem.CodeOf(err) != problem.Unavailable || problem.RemedyOf(err) == "" {
			t.Errorf("kvm(%s): code %s, remedy %q", device, problem.CodeOf(err), problem.RemedyOf(err))
		}
	}
	if err := openProblem("/dev/kvm", os.ErrPermission); !strings.Contains(problem.RemedyOf(err), "usermod") {
		t.Errorf("remedy of a KVM that is not permitted: %q", problem.RemedyOf(err))
	}
}

func TestChoose(t *testing.T) {
	usable := func() error { return nil }
	absent := func() error { return problem.New(problem.Unavailable, "no kvm") }
	found := func() (string, error) { return "/bin/qemu", nil }
	missing := func() (string, error) { return "", problem.New(problem.Unavailable, "no qemu") }
	for _, c := range []struct {
		setting string
		kvm     func() error
		find    func() (string, error)
		want    Choice
		code    problem.Code
	}{
		{Auto, usable, found, Choice{QEMU, "KVM is usable"}, ""},
		{"", absent, found, Choice{Emulated, "no kvm"}, ""},
		{QEMU, usable, found, Choice{Engine: QEMU}, ""},
		{QEMU, absent, found, Choice{}, problem.Unavailable},
		{Emulated, usable, found, Choice{Engine: Emulated}, ""},
		{Auto, usable, missing, Choice{}, problem.Unavailable},
		{Emulated, usable, missing, Choice{}, problem.Unavailable},
		{Fake, absent, missing, Choice{Engine: Fake}, ""},
		{"vmware", usable, found, Choice{}, problem.Invalid},
	} {
		got, err := choose(c.setting, c.kvm, c.find)
		if got != c.want {
			t.Errorf("choose(%q) = %+v, want %+v", c.setting, got, c.want)
		}
		if (err != nil) != (c.code != "") || err != nil && problem.CodeOf(err) != c.code {
			t.Errorf("choose(%q): error %v, want code %q", c.setting, err, c.code)
		}
		var p *problem.Error
		if err != nil && !errors.As(err, &p) {
			t.Errorf("choose(%q): %v is no problem", c.setting, err)
		}
	}
}
