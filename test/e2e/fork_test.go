package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"banger/api"
	"banger/internal/disk"
	"banger/internal/snapshot"
	"banger/test/harness"
)

// warmHost is a host of its own with a template of small VMs in it.
func warmHost(t *testing.T) *harness.Host {
	t.Helper()
	h := forkingHost(t, true)
	warm(t, h, harness.Image)
	return h
}

func warm(t *testing.T, h *harness.Host, image string) {
	t.Helper()
	must(t, h, append([]string{"image", "warm", image}, small...)...)
}

// template is the folder of the one template of a host.
func template(t *testing.T, h *harness.Host) string {
	t.Helper()
	return filepath.Dir(find(t, filepath.Join(h.State, "templates"), "manifest.json"))
}

// howStarted makes a VM and tells how it was started.
func howStarted(t *testing.T, h *harness.Host, args ...string) string {
	t.Helper()
	name := strings.TrimSpace(must(t, h, append(append([]string{"vm", "create"}, small...), args...)...))
	how := mustJSON[api.VM](t, h, "vm", "show", name).Start
	must(t, h, "vm", "delete", "-f", name)
	return how
}

// TestVMsAreForked: a template makes VMs forks, of any size from its own on; another with just such disks is made then; what was asked not to be one is none.
func TestVMsAreForked(t *testing.T) {
	h := warmHost(t)
	dir := template(t, h)
	before := snapshotOf(t, dir)
	warm(t, h, harness.Image) // there is one
	for how, args := range map[string][]string{
		"forked":                    nil,
		"booted: as --no-fork says": {"--no-fork"},
	} {
		if got := howStarted(t, h, args...); !strings.HasPrefix(got, how) {
			t.Errorf("vm create %v: %q, want %q", args, got, how)
		}
	}
	out := must(t, h, vmRun("--rm", "--disk-size", "20G", "--system-size", "12G", "--", "df", "-BG", "--output=size", "/root", "/")...)
	if sizes := strings.Fields(out); !slices.Equal(sizes, []string{"1G-blocks", "20G", "12G"}) {
		t.Errorf("file systems of a fork with larger disks: %q", out)
	}
	eventually(t, "a template with such disks", func() bool { return len(glob0(h, "templates/*/manifest.json")) == 2 })
	must(t, h, "vm", "create", "--no-start", "--name", "later", "--memory", "512M", "--vcpu", "1")
	must(t, h, "vm", "exec", "--start", "later", "--", "sh", "-c", "echo kept >/root/kept; echo kept >/etc/kept")
	if how := mustJSON[api.VM](t, h, "vm", "show", "later").Start; how != "forked" {
		t.Errorf("a first start: %q", how)
	}
	must(t, h, "vm", "stop", "later")
	if out := must(t, h, "vm", "exec", "--start", "later", "--", "cat", "/root/kept", "/etc/kept"); out != "kept\nkept\n" {
		t.Errorf("after a restart: %q", out)
	}
	if how := mustJSON[api.VM](t, h, "vm", "show", "later").Start; how != "booted: it has run before" {
		t.Errorf("a second start: %q", how)
	}
	after := snapshotOf(t, dir)
	if after[dir] != before[dir] {
		t.Errorf("the template is now %q, was %q", after[dir], before[dir])
	}
	must(t, h, "vm", "delete", "-f", "later")
	must(t, h, "image", "delete", harness.Image)
	if left, _ := os.ReadDir(filepath.Join(h.State, "templates")); len(left) != 0 {
		t.Errorf("templates of a deleted image are left: %v", left)
	}
}

// snapshotOf tells of each template of a host whether its files are what its manifest says.
func snapshotOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, f := range snapshot.Look(t.Context(), filepath.Dir(dir)) {
		found[f.Path] = fmt.Sprint(f.Shape, f.Err)
		if f.Err != nil {
			t.Errorf("%s: %v", f.Path, f.Err)
		}
	}
	return found
}

// TestTheFirstVMHasATemplateMade, in the background, for those that come next.
func TestTheFirstVMHasATemplateMade(t *testing.T) {
	h := forkingHost(t, true)
	if how := howStarted(t, h); !strings.HasPrefix(how, "booted: no template for 1 vcpu and 512 MiB yet") {
		t.Errorf("the first: %q", how)
	}
	eventually(t, "a template is there", func() bool { return len(glob0(h, "templates/*/manifest.json")) == 1 })
	if how := howStarted(t, h); how != "forked" {
		t.Errorf("the second: %q", how)
	}
}

// glob0 lists what matches below a host's state folder, which may be nothing.
func glob0(h *harness.Host, pattern string) []string {
	found, _ := filepath.Glob(filepath.Join(h.State, pattern))
	return found
}

// TestDamagedTemplates: whatever happens to a template's files, VMs start, it is said, and another is made.
func TestDamagedTemplates(t *testing.T) {
	h := warmHost(t)
	for name, damage := range map[string]func(dir string) error{
		"memory cut off":    func(dir string) error { return os.Truncate(filepath.Join(dir, "memory"), 1<<20) },
		"state changed":     func(dir string) error { return flip(filepath.Join(dir, "state")) },
		"disk gone":         func(dir string) error { return os.Remove(filepath.Join(dir, "system.ext4")) },
		"manifest no JSON":  func(dir string) error { return os.WriteFile(filepath.Join(dir, "manifest.json"), []byte("{"), 0o600) },
		"disk changed":      func(dir string) error { return flip(filepath.Join(dir, "work.ext4")) },
		"another's memory ": func(dir string) error { return flip(filepath.Join(dir, "memory")) },
	} {
		t.Run(name, func(t *testing.T) {
			whole := "templates/" + strings.Repeat("[0-9a-f]", 32) // not what was put aside
			eventually(t, "a template is there", func() bool { return len(glob0(h, whole)) == 1 })
			dir := glob0(h, whole)[0]
			if name != "disk gone" { // that one while it is loaded
				must(t, h, "daemon", "stop")
			}
			if err := damage(dir); err != nil {
				t.Fatal(err)
			}
			if how := howStarted(t, h); !strings.HasPrefix(how, "booted: no template") {
				t.Errorf("it was started so: %q", how)
			}
			if name != "manifest no JSON" { // of which the daemon's start has removed all trace
				wantCheck(t, h, "templates", "warn")
			}
		})
	}
}

// TestADiskThatIsNotItsMemorys: a fork whose disk is whole, but another, finds out before anything is written to it.
func TestADiskThatIsNotItsMemorys(t *testing.T) {
	h := warmHost(t)
	dir := template(t, h)
	must(t, h, "daemon", "stop")
	work := filepath.Join(dir, "work.ext4")
	if err := disk.Blank(t.Context(), work, 8<<30); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(work)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sum, err := disk.Checksum(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	var manifest map[string]any
	path := filepath.Join(dir, "manifest.json")
	if err := json.Unmarshal(readFile(t, path), &manifest); err != nil {
		t.Fatal(err)
	}
	manifest["sums"].(map[string]any)["work.ext4"] = sum
	text, err := json.Marshal(manifest)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, h, 1, []string{"self-test failed", "disks: the work disk is not the one that the guest's memory knows"},
		append([]string{"vm", "create", "--name", "odd"}, small...)...)
	wantNoVMs(t, h)
}

// flip changes one byte in the middle of the data of a file and keeps its time of change.
func flip(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	data, err := f.Seek(0, 3) // SEEK_DATA
	if err != nil {
		return err
	}
	var b [1]byte
	if _, err := f.ReadAt(b[:], data+1025); err != nil {
		return err
	}
	if _, err := f.WriteAt([]byte{b[0] ^ 0xff}, data+1025); err != nil {
		return err
	}
	return os.Chtimes(path, info.ModTime(), info.ModTime())
}

// TestDaemonKilledWhileATemplateIsMade leaves no guest and no file, and the next one makes it.
func TestDaemonKilledWhileATemplateIsMade(t *testing.T) {
	h := forkingHost(t, true)
	must(t, h, "daemon", "start")
	call := h.Banger(append([]string{"image", "warm", harness.Image}, small...)...)
	p, err := call.Start()
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "its guest boots", func() bool { return harness.Arguments("banger-template") != nil })
	syscall.Kill(status(t, h).PID, syscall.SIGKILL)
	if r := p.Wait(t.Context()); r.Exit == 0 {
		t.Error("image warm succeeded without a daemon")
	}
	must(t, h, "daemon", "start")
	if harness.Arguments("banger-template") != nil {
		t.Error("the guest that was to become a template runs on")
	}
	for _, pattern := range []string{"templates/*", "templates/.new-*", "templates-making/*"} {
		if left := glob0(h, pattern); len(left) != 0 {
			t.Errorf("left: %v", left)
		}
	}
	warm(t, h, harness.Image)
	if how := howStarted(t, h); how != "forked" {
		t.Errorf("afterwards: %q", how)
	}
}

// forks is how many VMs TestNoTwoForksAreAlike compares.
const forks = 200

// TestNoTwoForksAreAlike: two hundred of one template have nothing in common that must be each one's own, none sees what another
// wrote, and the template is what it was, though engines and supervisors are killed.
func TestNoTwoForksAreAlike(t *testing.T) {
	t.Parallel()
	h := forkingHost(t, true)
	must(t, h, "image", "build", "ssh", "--include", "openssh-server")
	warm(t, h, "ssh")
	before := snapshotOf(t, template(t, h))
	const script = `set -e
test ! -e /root/mine && test ! -e /etc/mine && hostname >/root/mine && hostname >/etc/mine
sync; echo 3 >/proc/sys/vm/drop_caches; cat /root/mine /etc/mine | sort -u | tr '\n' ' '
cat /etc/machine-id /proc/sys/kernel/random/boot_id /proc/sys/kernel/random/uuid | tr '\n' ' '
head -c 16 /dev/urandom | od -An -vtx1 | tr -d ' \n'; echo -n ' '
mktemp -u XXXXXXXXXXXXXXXXXXXXXXXX | tr '\n' ' '
cut -d' ' -f2 /etc/ssh/ssh_host_ed25519_key.pub`
	var mu sync.Mutex
	seen := map[string]int{}
	numbers := make(chan int)
	var workers sync.WaitGroup
	for range 3 {
		workers.Go(func() {
			for n := range numbers {
				name := fmt.Sprintf("fork-%d", n)
				r := run(t, h.Banger(append([]string{"vm", "run", "--image", "ssh", "--name", name, "-q"}, append(small, "--", "sh", "-c", script)...)...))
				words := strings.Fields(r.Stdout)
				if r.Exit != 0 || len(words) != 7 || words[0] != name {
					t.Errorf("%s: exit %d, stdout %q\n%s", name, r.Exit, r.Stdout, r.Stderr)
				}
				mu.Lock()
				for _, word := range words {
					if seen[word]++; seen[word] > 1 {
						t.Errorf("%s: %q was another's already", name, word)
					}
				}
				mu.Unlock()
				endSomehow(t, h, name)
			}
		})
	}
	for n := range forks {
		numbers <- n
	}
	close(numbers)
	workers.Wait()
	compare(t, "the template", before, snapshotOf(t, template(t, h)))
	if how := mustJSON[api.VM](t, h, "vm", "show", "fork-0").Start; how != "forked" {
		t.Errorf("they were %s", how)
	}
}

// endSomehow brings a VM to its end by one of several ways. The first is only stopped.
func endSomehow(t *testing.T, h *harness.Host, name string) {
	t.Helper()
	switch dice := rand.IntN(8); {
	case name == "fork-0":
		must(t, h, "vm", "stop", name)
		return
	case dice == 0:
		must(t, h, "vm", "kill", name)
	case dice == 1:
		killSupervisor(t, h, name)
	}
	must(t, h, "vm", "delete", "-f", name)
}

func killSupervisor(t *testing.T, h *harness.Host, name string) {
	t.Helper()
	id := mustJSON[api.VM](t, h, "vm", "show", name).ID
	text := readFile(t, filepath.Join(h.State, "vms", id, "shim.json"))
	var pid int
	if _, err := fmt.Sscanf(string(bytes.TrimSpace(text)), `{"pid":%d,`, &pid); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	syscall.Kill(pid, syscall.SIGKILL)
}
