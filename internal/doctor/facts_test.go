package doctor

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"banger/internal/problem"
)

// room makes a file system of that many free bytes and files.
func (b bench) room(bytes, files uint64) {
	b.statfs = func(_ string, st *unix.Statfs_t) error {
		st.Bavail, st.Bsize, st.Files, st.Ffree = bytes, 1, 1e6, files
		return nil
	}
}

const (
	cgroups      = "sys/fs/cgroup/own.scope/"
	plainMount   = "cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0\n"
	multihit     = "sys/devices/system/cpu/vulnerabilities/itlb_multihit"
	nxHugePages  = "sys/module/kvm/parameters/nx_huge_pages"
	osrelease    = "proc/sys/kernel/osrelease"
	mounts       = "proc/self/mounts"
	printk       = "proc/sys/kernel/printk"
	ownCgroup    = "proc/self/cgroup"
	maxSpaces    = "proc/sys/user/max_user_namespaces"
	cloneSetting = "proc/sys/kernel/unprivileged_userns_clone"
)

func TestFactsOfTheHost(t *testing.T) {
	emulated := func(b bench) { b.kvm = func() error { return errNoKVM } }
	slow := func(b bench) { b.put(mounts, plainMount) }
	for _, c := range []struct {
		code, name string
		change     func(bench)
		status     Status
		words      []string
	}{
		{"system", "as it should be", func(bench) {}, OK, []string{"6.1.0-56-amd64"}},
		{"system", "old", func(b bench) { b.put(osrelease, "4.19.0-1-amd64") }, Fail, []string{"4.19", "5.10"}},
		{"system", "not told", func(b bench) { b.drop(osrelease) }, Fail, []string{"/proc"}},

		{"kvm", "usable", func(bench) {}, OK, []string{"usable"}},
		{"kvm", "absent", emulated, Warn, []string{"does not exist", "load the module"}},
		{"kvm", "absent and asked for", func(b bench) { emulated(b); b.config.Engine = "qemu" }, Fail, []string{"does not exist", `engine = "auto"`}},
		{"kvm", "unwanted", func(b bench) { b.config.Engine = "emulated" }, OK, []string{"unused"}},

		{"nx-huge-pages", "no KVM", func(b bench) { slow(b); emulated(b) }, OK, []string{"emulated"}},
		{"nx-huge-pages", "mounted well", func(bench) {}, OK, []string{"favordynmods"}},
		{"nx-huge-pages", "never", func(b bench) { slow(b); b.put(nxHugePages, "never") }, OK, []string{"never"}},
		{"nx-huge-pages", "not needed", func(b bench) { slow(b); b.put(multihit, "Not affected") }, Warn, []string{"nx_huge_pages=never"}},
		{"nx-huge-pages", "needed", slow, OK, []string{"see favordynmods"}},
		{"nx-huge-pages", "older kernel", func(b bench) { slow(b); b.put(osrelease, "5.10.0-1") }, OK, []string{"5.10"}},
		{"nx-huge-pages", "newer kernel", func(b bench) { slow(b); b.put(osrelease, "6.13.1") }, OK, []string{"6.13"}},

		{"favordynmods", "no KVM", func(b bench) { slow(b); emulated(b) }, OK, []string{"emulated"}},
		{"favordynmods", "set", func(bench) {}, OK, []string{"/sys/fs/cgroup is mounted with favordynmods"}},
		{"favordynmods", "not set", slow, Warn, []string{"remount,favordynmods"}},
		{"favordynmods", "not set, 6.12", func(b bench) { slow(b); b.put(osrelease, "6.12.3") }, Warn, []string{"remount,favordynmods"}},
		{"favordynmods", "no flaw", func(b bench) { slow(b); b.put(multihit, "Not affected") }, OK, []string{"nx-huge-pages"}},

		{"serial-console", "quiet", func(bench) {}, OK, []string{"only errors", "ttyS0"}},
		{"serial-console", "loud", func(b bench) { b.put(printk, "7\t4\t1\t7") }, Warn, []string{"ttyS0", "level 7", "kernel.printk=4"}},
		{"serial-console", "loud, no KVM", func(b bench) { emulated(b); b.put(printk, "7\t4\t1\t7") }, OK, []string{"emulated"}},
		{"serial-console", "none", func(b bench) { b.put("proc/consoles", "tty0 -WU (EC  p  )    4:1\nttyS1 -W- (    p  )    4:65\n") }, OK, []string{"no serial console"}},
		{"serial-console", "not told", func(b bench) { b.put(printk, "?") }, Warn, []string{"not known"}},

		{"sources", "Debian's", func(bench) {}, OK, []string{"bookworm"}},
		{"sources", "none", func(b bench) { b.drop("etc/apt/sources.list") }, Warn, []string{"no Debian archive", "kernel import"}},
		{"sources", "damaged", func(b bench) { b.put("etc/apt/sources.list", "deb [\n") }, Warn, []string{"sources.list", "kernel import"}},

		{"memory", "enough", func(bench) {}, OK, []string{"4.0 GiB"}},
		{"memory", "little", func(b bench) { b.put("proc/meminfo", "MemAvailable: 102400 kB\n") }, Warn, []string{"100 MiB", "--memory"}},
		{"memory", "not told", func(b bench) { b.drop("proc/meminfo") }, Warn, []string{"not known"}},

		{"disk", "enough", func(bench) {}, OK, []string{"10.0 GiB"}},
		{"disk", "little", func(b bench) { b.room(1<<30, 1e6) }, Warn, []string{"1.0 GiB", "BANGER_STATE_DIR"}},
		{"disk", "none", func(b bench) { b.room(255<<20, 1e6) }, Fail, []string{"255 MiB", "BANGER_STATE_DIR"}},
		{"disk", "no files", func(b bench) { b.room(10<<30, 999) }, Warn, []string{"only 999 files"}},
		{"disk", "not told", func(b bench) { b.statfs = func(string, *unix.Statfs_t) error { return unix.EIO } }, Warn, []string{"not known"}},
		{"disk", "a cache on another", func(b bench) {
			b.statfs = func(path string, st *unix.Statfs_t) error {
				st.Bavail, st.Bsize = 10<<30, 1
				if path == b.paths.Cache {
					st.Bavail, st.Fsid.Val[0] = 1, 1
				}
				return os.MkdirAll(b.paths.Cache, 0o700)
			}
		}, Fail, []string{"0 MiB", "BANGER_CACHE_DIR"}},

		{"clock", "right", func(bench) {}, OK, []string{"keeps it right"}},
		{"clock", "alone", func(b bench) { b.synchronised = func() (bool, error) { return false, nil } }, Warn, []string{"nothing keeps it right", "set-ntp"}},
		{"clock", "not told", func(b bench) { b.synchronised = func() (bool, error) { return false, errors.New("forbidden") } }, Warn, []string{"forbidden", "timedatectl"}},
		{"clock", "before the program", func(b bench) { b.built = b.now().Add(time.Hour) }, Warn, []string{"before this program was made"}},
		{"clock", "before the state", func(b bench) {
			path := filepath.Join(b.paths.State, "bangerd.log")
			b.write(path, "")
			later := time.Now().Add(time.Hour)
			must(b.t, os.Chtimes(path, later, later))
		}, Warn, []string{"bangerd.log was written after that"}},

		{"cgroup", "delegated", func(bench) {}, OK, []string{"cpu, memory, pids", "/sys/fs/cgroup/own.scope"}},
		{"cgroup", "the user's services", func(b bench) {
			b.put(ownCgroup, "0::/elsewhere\n")
			service := "sys/fs/cgroup/" + userService(b.uid)
			b.put(service+"/cgroup.procs", "")
			b.put(service+"/cgroup.controllers", "cpu memory pids")
		}, OK, []string{"user@"}},
		{"cgroup", "not this user's", func(b bench) { b.uid++ }, Warn, []string{"no control group", "Delegate"}},
		{"cgroup", "not to be written", func(b bench) { must(b.t, os.Chmod(filepath.Join(b.root, cgroups, "cgroup.procs"), 0o400)) }, Warn, []string{"no control group"}},
		{"cgroup", "mounted read-only", func(b bench) { b.put(mounts, "cgroup2 /sys/fs/cgroup cgroup2 ro,nosuid 0 0\n") }, Warn, []string{"no control group"}},
		{"cgroup", "a controller lacks", func(b bench) { b.put(cgroups+"cgroup.controllers", "cpu pids") }, Warn, []string{"memory", "Delegate=cpu memory pids"}},
		{"cgroup", "a controller lacks the whole", func(b bench) {
			b.put(ownCgroup, "0::/\n")
			b.put("sys/fs/cgroup/cgroup.procs", "")
			b.put("sys/fs/cgroup/cgroup.controllers", "")
		}, Warn, []string{"cpu", "unified_cgroup_hierarchy"}},
		{"cgroup", "version 1", func(b bench) { b.put(mounts, "cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\n") }, Warn, []string{"version 2", "unified_cgroup_hierarchy"}},
	} {
		t.Run(c.code+", "+c.name, func(t *testing.T) {
			b := newBench(t)
			c.change(b)
			b.want(c.code, c.status, c.words...)
		})
	}
}

// TestFactsOfThisHost asks the kernel that this test runs on: whatever it says, it is asked without a mistake.
func TestFactsOfThisHost(t *testing.T) {
	h := thisHost()
	if h.release() == "" || h.built.IsZero() || h.now().IsZero() {
		t.Errorf("release %q, built %v", h.release(), h.built)
	}
	if _, err := h.synchronised(); err != nil {
		t.Errorf("the clock: %v", err)
	}
	var st unix.Statfs_t
	if err := h.statfs("/", &st); err != nil || st.Blocks == 0 {
		t.Errorf("statfs: %v", err)
	}
	if err := h.kvm(); err != nil && problem.RemedyOf(err) == "" {
		t.Errorf("KVM: %v, without a remedy", err)
	}
	if len(h.cgroupMounts()) == 0 && h.has("/sys/fs/cgroup/cgroup.procs") {
		t.Error("no mount of control groups was found")
	}
}
