package kernel_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"banger/internal/initramfs"
	"banger/internal/kernel"
	"banger/internal/kernel/kerneltest"
)

func TestDebianKernel(t *testing.T) {
	k := kerneltest.Debian(t)
	if err := k.Verify(t.Context()); err != nil {
		t.Fatal(err)
	}
	for option, want := range map[string]string{"PVH": "y", "ACPI": "y", "DEVTMPFS": "y", "OVERLAY_FS": "m", "VIRTIO_NET": "m"} {
		if k.Options[option] != want {
			t.Errorf("%s is %q, want %q", option, k.Options[option], want)
		}
	}
	if k.Version == "" || !strings.HasPrefix(k.Source, "apt:linux-image-") || !strings.Contains(k.Source, k.Release) {
		t.Errorf("version %q, source %q, release %q", k.Version, k.Source, k.Release)
	}
}

// TestDebianKernelBoots starts a guest with nothing but kernel, boot modules and modules disk.
func TestDebianKernelBoots(t *testing.T) {
	k := kerneltest.Debian(t)
	console := boot(t, k, archive(t, k))
	for _, want := range append([]string{"guest: release " + k.Release, "guest: loaded dummy.ko", "guest: all is well"}, loaded(k)...) {
		if !strings.Contains(console, want) {
			t.Errorf("the guest did not say %q:\n%s", want, console)
		}
	}
}

func loaded(k kernel.Kernel) []string {
	var lines []string
	for i, name := range k.Boot {
		lines = append(lines, fmt.Sprintf("guest: loaded %02d-%s", i, name))
	}
	return lines
}

// archive makes an initramfs whose init is testdata/init.
func archive(t *testing.T, k kernel.Kernel) string {
	t.Helper()
	dir := t.TempDir()
	program := filepath.Join(dir, "init")
	build := exec.Command("go", "build", "-ldflags=-s -w", "-o", program, "./testdata/init")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	agent := read(t, program)
	var modules []initramfs.Module
	for _, path := range k.BootModules() {
		modules = append(modules, initramfs.Module{Name: strings.TrimSuffix(filepath.Base(path), ".ko"), Data: read(t, path)})
	}
	f, err := os.Create(filepath.Join(dir, "initramfs"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := initramfs.Write(f, agent, modules); err != nil {
		t.Fatal(err)
	}
	return f.Name()
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// boot runs a guest to its end and gives what it wrote to its console.
func boot(t *testing.T, k kernel.Kernel, archive string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, "qemu-system-x86_64", "-M", "microvm,accel=tcg,acpi=on,pit=off,pic=off", "-cpu", "max", "-m", "256",
		"-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-serial", "stdio",
		"-kernel", k.VMLinux(), "-initrd", archive, "-append", "console=ttyS0 panic=-1 reboot=t quiet tsc=reliable tsc_early_khz="+khz(t),
		"-drive", "if=none,id=modules,format=raw,readonly=on,file="+k.ModulesDisk(), "-device", "virtio-blk-device,drive=modules",
		"-device", "virtio-serial-device").CombinedOutput()
	if err != nil {
		t.Fatalf("qemu: %v\n%s", err, out)
	}
	return string(out)
}

// khz is the rate of the TSC, without which emulated boots hang now and then.
func khz(t *testing.T) string {
	t.Helper()
	m := regexp.MustCompile(`bogomips\s*: ([0-9.]+)`).FindSubmatch(read(t, "/proc/cpuinfo"))
	if m == nil {
		t.Fatal("/proc/cpuinfo has no bogomips")
	}
	mips, err := strconv.ParseFloat(string(m[1]), 64)
	if err != nil {
		t.Fatal(err)
	}
	return strconv.Itoa(int(mips * 500))
}

// TestModprobeFindsItsWay runs the real modprobe on what is on the modules disk.
func TestModprobeFindsItsWay(t *testing.T) {
	k := kerneltest.Debian(t)
	base := t.TempDir()
	modules := filepath.Join(base, "lib/modules")
	if err := os.MkdirAll(modules, 0o755); err != nil {
		t.Fatal(err)
	}
	run(t, "debugfs", "-R", "rdump /"+k.Release+" "+modules, k.ModulesDisk())
	for wanted, want := range map[string][]string{
		"virtio_net":        {"failover.ko", "net_failover.ko", "virtio_net.ko"},
		"virtio:d00000001v": {"virtio_net.ko"}, // by alias, as the kernel asks for it
		"ext4":              {"builtin ext4"},
	} {
		out := run(t, "modprobe", "-d", base, "-S", k.Release, "--show-depends", wanted)
		rest := out
		for _, word := range want {
			_, after, ok := strings.Cut(rest, word)
			if !ok {
				t.Errorf("modprobe %s: no %q in order in:\n%s", wanted, word, out)
			}
			rest = after
		}
	}
}

func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	for _, dir := range []string{"", "/usr/sbin/", "/sbin/"} {
		path, err := exec.LookPath(dir + name)
		if err != nil {
			continue
		}
		out, err := exec.Command(path, args...).Output()
		if err != nil {
			t.Fatalf("%s %v: %v", name, args, err)
		}
		return string(out)
	}
	t.Fatalf("%s is not installed", name)
	return ""
}
