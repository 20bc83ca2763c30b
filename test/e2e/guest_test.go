package e2e

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestGuestIsALinuxLikeAnyOther is a table of what a command finds in a guest.
func TestGuestIsALinuxLikeAnyOther(t *testing.T) {
	for what, c := range map[string]struct{ script, want string }{
		"root is an overlay":               {"findmnt -no FSTYPE /", "overlay"},
		"/root is a disk of its own":       {"findmnt -no FSTYPE /root", "ext4"},
		"the image's /root is on it":       {"test -f /root/.bashrc && echo there", "there"},
		"modules of the kernel":            {"test -f /lib/modules/$(uname -r)/modules.dep && echo there", "there"},
		"they cannot be changed":           {"touch /lib/modules/x 2>/dev/null || echo refused", "refused"},
		"proc, sys, dev":                   {"for d in /proc /sys /dev /dev/pts /dev/shm /run /tmp; do mountpoint -q $d || echo no $d; done", ""},
		"control groups":                   {"findmnt -no FSTYPE /sys/fs/cgroup", "cgroup2"},
		"loopback":                         {"ip -br -4 address show lo | tr -s ' ' | cut -d' ' -f3", "127.0.0.1/8"},
		"its name":                         {"hostname", "shared-guest"},
		"its name resolves":                {"getent hosts $(hostname) >/dev/null && echo yes", "yes"},
		"localhost resolves":               {"getent hosts localhost >/dev/null && echo yes", "yes"},
		"a user":                           {"id -un; echo $HOME; echo ${PATH:+path}", "root\n/root\npath"},
		"process 1 is the agent":           {"cat /proc/1/comm", "init"},
		"random numbers":                   {"head -c 8 /dev/urandom | wc -c", "8"},
		"git":                              {"git --version | cut -d' ' -f1-2", "git version"},
		"tools":                            {"for p in curl ip ping ps less ssh busybox; do command -v $p >/dev/null || echo no $p; done", ""},
		"no setuid on the modules' disk":   {"findmnt -no OPTIONS /lib/modules | grep -c ro", "1"},
		"orphans are reaped by process 1":  {"(sleep 0.01 & sleep 0.02 &) ; sleep 0.3; ps -eo stat= | grep -c '^Z'", "0"},
		"standard input is empty, not bad": {"cat", ""},
	} {
		t.Run(what, func(t *testing.T) {
			r := banger(t, execArgs(t, "sh", "-c", c.script)...)
			if got := strings.TrimSpace(r.Stdout); got != c.want {
				t.Errorf("%s\ngot  %q\nwant %q\n%s", c.script, got, c.want, r.Stderr)
			}
		})
	}
}

func TestGuestKnowsTheTime(t *testing.T) {
	seconds, err := strconv.ParseInt(strings.TrimSpace(inGuest(t, "date", "+%s")), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	if off := time.Since(time.Unix(seconds, 0)).Abs(); off > 5*time.Minute {
		t.Errorf("the guest's clock is %v off", off)
	}
}

// TestTwoGuestsShareNoSecret: boot id, machine id and random numbers differ.
func TestTwoGuestsShareNoSecret(t *testing.T) {
	script := "cat /proc/sys/kernel/random/boot_id; head -c 32 /dev/urandom | sha256sum"
	a := inGuest(t, "sh", "-c", script)
	b := banger(t, vmRun("--rm", "-q", "--", "sh", "-c", script)...).Stdout
	for i, line := range strings.Split(strings.TrimSpace(a), "\n") {
		if other := strings.Split(b, "\n"); i >= len(other) || other[i] == line || line == "" {
			t.Errorf("line %d is %q in both", i, line)
		}
	}
}
