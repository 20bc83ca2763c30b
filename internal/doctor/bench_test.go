package doctor

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"banger/internal/paths"
	"banger/internal/problem"
)

// facts are the files of a host on which nothing is amiss.
var facts = map[string]string{
	"proc/sys/kernel/osrelease":                             "6.1.0-56-amd64\n",
	"proc/sys/kernel/printk":                                "4\t4\t1\t7\n",
	"proc/meminfo":                                          "MemTotal: 8388608 kB\nMemAvailable: 4194304 kB\n",
	"proc/consoles":                                         "tty0                 -WU (EC  p  )    4:1\nttyS0                -W- (E   p a)    4:64\n",
	"proc/self/mounts":                                      "proc /proc proc rw 0 0\ncgroup2 /sys/fs/cgroup cgroup2 rw,nosuid,favordynmods 0 0\n",
	"proc/self/cgroup":                                      "0::/own.scope\n",
	"sys/fs/cgroup/own.scope/cgroup.procs":                  "1\n",
	"sys/fs/cgroup/own.scope/cgroup.controllers":            "cpuset cpu io memory pids\n",
	"sys/module/kvm/parameters/nx_huge_pages":               "Y\n",
	"sys/devices/system/cpu/vulnerabilities/itlb_multihit":  "KVM: Mitigation: VMX disabled\n",
	"etc/apt/sources.list":                                  "deb http://m.example/debian bookworm main\n",
	"etc/subuid":                                            "nobody:100000:65536\n",
	"etc/subgid":                                            "nobody:100000:65536\n",
	"proc/sys/user/max_user_namespaces":                     "95000\n",
	"proc/sys/kernel/apparmor_restrict_unprivileged_userns": "0\n",
}

// bench is a host whose facts and folders are a test's own.
type bench struct {
	*host
	t   *testing.T
	dir string
}

func newBench(t *testing.T) bench {
	t.Helper()
	dir := t.TempDir()
	b := bench{t: t, dir: dir, host: &host{
		root: filepath.Join(dir, "root"), uid: os.Getuid(), now: time.Now, kvm: func() error { return nil },
		synchronised: func() (bool, error) { return true, nil }, patience: patience,
		statfs: func(_ string, st *unix.Statfs_t) error {
			st.Bavail, st.Bsize, st.Files, st.Ffree = 10<<30, 1, 1e6, 1e6
			return nil
		},
		paths: paths.Paths{
			State: filepath.Join(dir, "state"), Cache: filepath.Join(dir, "cache"),
			Runtime: filepath.Join(dir, "run"), Config: filepath.Join(dir, "config.toml"),
		},
	}}
	for path, text := range facts {
		b.put(path, text)
	}
	return b
}

// put writes a file of the host's.
func (b bench) put(path, text string) { b.write(filepath.Join(b.root, path), text) }

// write writes a file, with the folders above it.
func (b bench) write(path, text string) {
	b.t.Helper()
	must(b.t, os.MkdirAll(filepath.Dir(path), 0o700))
	must(b.t, os.WriteFile(path, []byte(text), 0o600))
}

// drop removes a file of the host's.
func (b bench) drop(path string) { must(b.t, os.Remove(filepath.Join(b.root, path))) }

// programs makes these the only programs that there are, as scripts.
func (b bench) programs(scripts map[string]string) {
	b.t.Helper()
	bin := filepath.Join(b.dir, "bin")
	must(b.t, os.MkdirAll(bin, 0o755))
	for name, script := range scripts {
		must(b.t, os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755))
	}
	b.t.Setenv("PATH", bin)
}

// rows makes the check of a code.
func (b bench) rows(code string) []Row {
	b.t.Helper()
	checks := slices.Concat(hostChecks, ownChecks)
	i := slices.IndexFunc(checks, func(c check) bool { return c.code == code })
	if i < 0 {
		b.t.Fatalf("no check has the code %q", code)
	}
	return checks[i].answer(b.t.Context(), b.host)
}

// want checks that some row of a code has a status and all the words, and that each row with something amiss has a remedy.
func (b bench) want(code string, status Status, words ...string) {
	b.t.Helper()
	rows := b.rows(code)
	for _, row := range rows {
		if row.Code != code {
			b.t.Errorf("%s: %+v has another code", code, row)
		}
	}
	b.judge(rows, status, words...)
}

func (b bench) judge(rows []Row, status Status, words ...string) {
	b.t.Helper()
	found := false
	for _, row := range rows {
		text := row.Detail + " -> " + row.Remedy
		lacks := func(word string) bool { return !strings.Contains(text, word) }
		found = found || row.Status == status && !slices.ContainsFunc(words, lacks)
		if (row.Status != OK) != (row.Remedy != "") {
			b.t.Errorf("%+v has a remedy too many or too few", row)
		}
	}
	if !found {
		b.t.Errorf("got %+v, want a row that is %s with %q", rows, status, words)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var errNoKVM = problem.New(problem.Unavailable, "/dev/kvm does not exist").WithRemedy("load the module; until then VMs are emulated")
