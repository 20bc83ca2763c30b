package doctor

import (
	"errors"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const qemu = "qemu-system-x86_64"

func TestTools(t *testing.T) {
	for _, c := range []struct {
		code, name string
		scripts    map[string]string
		status     Status
		words      []string
	}{
		{"engine", "good", map[string]string{qemu: "echo QEMU emulator version 9.1.2"}, OK, []string{"QEMU 9.1.2", "/bin/" + qemu}},
		{"engine", "old", map[string]string{qemu: "echo QEMU emulator version 6.2.0"}, Fail, []string{"6.2.0", "7.2"}},
		{"engine", "absent", nil, Fail, []string{"qemu-system-x86"}},
		{"engine", "broken", map[string]string{qemu: "echo cannot open shared object >&2; exit 127"}, Fail, []string{"shared object", "anew"}},
		{"engine", "mute", map[string]string{qemu: "exit 3"}, Fail, []string{"ended with 3"}},
		{"git", "good", map[string]string{"git": "echo git version 2.39.5"}, OK, []string{"2.39.5"}},
		{"git", "absent", nil, Warn, []string{"a repository into a VM", "install the package git"}},
		{"mmdebstrap", "good", map[string]string{"mmdebstrap": "echo mmdebstrap 1.3.5"}, OK, []string{"1.3.5"}},
		{"mmdebstrap", "absent", nil, Warn, []string{"image build", "install the package mmdebstrap"}},
		{"apt", "odd", map[string]string{"apt-get": "echo moo"}, Warn, []string{"does not tell its version"}},
		{"dpkg-deb", "killed", map[string]string{"dpkg-deb": "kill -9 $$"}, Warn, []string{"killed", "dpkg anew"}},
		{"depmod", "good", map[string]string{"depmod": "echo kmod version 30"}, OK, []string{"30"}},
		{"mke2fs", "good", map[string]string{"mke2fs": `test "$1" = -V && echo mke2fs 1.47.0`}, OK, []string{"1.47.0"}},
		{"mke2fs", "broken", map[string]string{"mke2fs": "exit 1"}, Fail, []string{"e2fsprogs"}},
	} {
		t.Run(c.code+", "+c.name, func(t *testing.T) {
			b := newBench(t)
			b.programs(c.scripts)
			b.want(c.code, c.status, c.words...)
		})
	}
}

// TestWhatHangsHoldsUpItsOwnRowOnly: a program that never answers, and a pipe in the place of a file that is read.
func TestWhatHangsHoldsUpItsOwnRowOnly(t *testing.T) {
	b := newBench(t)
	b.programs(map[string]string{qemu: "exec /bin/sleep 4321", "depmod": "echo 30"})
	b.drop("proc/meminfo")
	pipe := filepath.Join(b.root, "proc/meminfo")
	must(t, unix.Mkfifo(pipe, 0o600))
	t.Cleanup(func() { // end the reader that was left behind
		if f, err := os.OpenFile(pipe, os.O_WRONLY|unix.O_NONBLOCK, 0); err == nil {
			f.Close()
		}
	})
	b.patience = 100 * time.Millisecond
	b.want("engine", Fail, "does not tell its version", "seconds", "anew")
	b.want("memory", Fail, "hangs", "kernel's log")
	b.patience = patience
	b.want("depmod", OK)
}

// plainUser makes this a host of a user who is not root, and has a name.
func (b bench) plainUser() {
	b.t.Helper()
	nobody, err := user.Lookup("nobody")
	must(b.t, err)
	b.uid, err = strconv.Atoi(nobody.Uid)
	must(b.t, err)
}

func TestWhatAPlainUserNeedsToBuildImages(t *testing.T) {
	all := map[string]string{"newuidmap": "", "newgidmap": "", "mmdebstrap": ""}
	broken := map[string]string{"newuidmap": "", "newgidmap": "", "mmdebstrap": "echo E: unshare failed >&2; exit 1"}
	forbid := func(b bench) { b.put(maxSpaces, "0") }
	for _, c := range []struct {
		code, name string
		scripts    map[string]string
		change     func(bench)
		status     Status
		words      []string
	}{
		{"newuidmap", "there", all, func(bench) {}, OK, nil},
		{"newuidmap", "absent", nil, func(bench) {}, Warn, []string{"install the package uidmap"}},
		{"newgidmap", "absent", nil, func(bench) {}, Warn, []string{"install the package uidmap"}},
		{"subuid", "there", all, func(bench) {}, OK, nil},
		{"subuid", "absent", all, func(b bench) { b.drop("etc/subuid") }, Warn, []string{"nobody", "--add-subuids"}},
		{"subgid", "another's", all, func(b bench) { b.put("etc/subgid", "somebody:1:1\n") }, Warn, []string{"nobody", "--add-subgids"}},
		{"namespaces", "made", all, func(bench) {}, OK, []string{"has what it needs"}},
		{"namespaces", "not made", broken, func(bench) {}, Warn, []string{"unshare failed", "kernel settings"}},
		{"namespaces", "forbidden", broken, forbid, Warn, []string{"unshare failed", "sysctl -w user.max_user_namespaces=15000"}},
		{"namespaces", "forbidden, Debian", broken, func(b bench) { b.put(cloneSetting, "0") }, Warn, []string{"kernel.unprivileged_userns_clone=1"}},
		{"namespaces", "forbidden, Ubuntu", broken, func(b bench) { b.put("proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1") }, Warn, []string{"apparmor_restrict_unprivileged_userns=0"}},
		{"namespaces", "not tried", nil, func(bench) {}, OK, []string{"lacks mmdebstrap"}},
		{"namespaces", "not tried and forbidden", nil, forbid, Warn, []string{"max_user_namespaces=15000"}},
		{"namespaces", "hangs", map[string]string{"newuidmap": "", "newgidmap": "", "mmdebstrap": "exec /bin/sleep 4321"},
			func(b bench) { b.patience = 100 * time.Millisecond }, Warn, []string{"in seconds", "as root"}},
	} {
		t.Run(c.code+", "+c.name, func(t *testing.T) {
			b := newBench(t)
			b.plainUser()
			b.programs(c.scripts)
			c.change(b)
			b.want(c.code, c.status, c.words...)
		})
	}
	root := newBench(t)
	root.uid = 0
	root.programs(nil)
	for _, code := range []string{"newuidmap", "newgidmap", "subuid", "subgid", "namespaces"} {
		root.want(code, OK, "root builds images without")
	}
}

func TestVersionOfWhatIsNotThere(t *testing.T) {
	if version, err := versionOf(t.Context(), "/bin/true-not-there", "-V"); err == nil {
		t.Errorf("got %q", version)
	}
	if got := lastLine([]byte("one\ntwo\n"), errors.New("x")); got != "two" {
		t.Errorf("got %q", got)
	}
}
