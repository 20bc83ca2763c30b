package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"banger/test/harness"
)

// somebody is a plain user: any uid will do, it needs no name.
const somebody = 54321

func as(call *harness.Call, uid uint32) *harness.Call {
	call.Credential = &syscall.Credential{Uid: uid, Gid: uid, Groups: []uint32{}}
	return call
}

// TestPlainUser runs a VM as a plain user when the suite runs as root; as a plain user every test is this one.
func TestPlainUser(t *testing.T) {
	if os.Getuid() != 0 {
		return
	}
	h := forkingHost(t, true)
	giveTo(t, h, somebody)
	r := run(t, as(h.Banger(vmRun("--rm", "--", "id", "-u")...), somebody))
	if r.Exit != 0 || r.Stdout != "0\n" {
		t.Errorf("exit %d, stdout %q\n%s", r.Exit, r.Stdout, r.Stderr)
	}
	// Forks read memory of a process that is the user's own, and hand over files that nobody may write to.
	for _, args := range [][]string{
		append([]string{"image", "warm", harness.Image}, small...), append([]string{"vm", "create", "--name", "mine"}, small...),
		{"vm", "fork", "mine"}, {"vm", "snapshot", "mine", "kept"}, {"vm", "restore", "mine", "kept", "-f"},
	} {
		if r := run(t, as(h.Banger(args...), somebody)); r.Exit != 0 {
			t.Errorf("%q: exit %d\n%s", args, r.Exit, r.Stderr)
		}
	}
	if r := run(t, as(h.Banger("vm", "list"), somebody)); strings.Count(r.Stdout, "running") != 2 {
		t.Errorf("vm list: %s\n%s", r.Stdout, r.Stderr)
	}
	if r := run(t, as(h.Banger("vm", "delete", "-f", "--all"), somebody)); r.Exit != 0 {
		t.Errorf("vm delete: exit %d\n%s", r.Exit, r.Stderr)
	}
	if r := run(t, as(h.Banger("doctor"), somebody)); r.Exit != 0 || !strings.Contains(r.Stdout, "subuid") {
		t.Errorf("doctor: exit %d\n%s", r.Exit, r.Stdout)
	}
	if r := run(t, as(h.Banger("daemon", "stop"), somebody)); r.Exit != 0 {
		t.Errorf("daemon stop: exit %d\n%s", r.Exit, r.Stderr)
	}
	giveTo(t, h, 0) // closing the host as root makes files of root's in it
}

// giveTo makes a host a user's, who can then walk to it.
func giveTo(t *testing.T, h *harness.Host, uid int) {
	t.Helper()
	for _, dir := range []string{world.dir, filepath.Dir(h.Dir)} {
		if err := os.Chmod(dir, 0o711); err != nil {
			t.Fatal(err)
		}
	}
	onHost(t, "/", "chown", "-R", fmt.Sprintf("%d:%d", uid, uid), h.Dir)
}

// TestPlainUserBuildsAnImage: with a range of subordinate ids, which this test gives a user in a mount namespace of its own.
func TestPlainUserBuildsAnImage(t *testing.T) {
	if os.Getuid() != 0 {
		return // only root can give somebody such a range
	}
	t.Parallel() // it has a host of its own, and waits more than it works
	h := ownHost(t, false)
	for name, line := range map[string]string{
		"passwd": fmt.Sprintf("somebody:x:%d:%[1]d::/nonexistent:/bin/sh\n", somebody),
		"subuid": "somebody:600000:65536\n", "subgid": "somebody:600000:65536\n",
	} {
		text := append(readFile(t, "/etc/passwd"), line...)
		if name != "passwd" {
			text = []byte(line)
		}
		if err := os.WriteFile(filepath.Join(h.Dir, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	giveTo(t, h, somebody)
	call := h.Banger()
	script := fmt.Sprintf(`set -e
for name in passwd subuid subgid; do mount --bind "$0/$name" "/etc/$name"; done
exec setpriv --reuid %d --regid %[1]d --clear-groups -- sh -c '"$0" image build mine && "$0" image list -q && "$0" daemon stop' "$1"`, somebody)
	call.Path, call.Args = "/usr/bin/unshare", []string{"--mount", "/bin/sh", "-c", script, h.Dir, call.Path}
	if r := run(t, call); r.Exit != 0 || !strings.HasPrefix(r.Stdout, "mine\n") || strings.Count(r.Stdout, "\n") != 2 {
		t.Errorf("exit %d, stdout %q\n%s", r.Exit, r.Stdout, r.Stderr)
	}
	giveTo(t, h, 0)
}

// TestOthersAreKeptOut: another user of the host can use neither daemon nor VM.
func TestOthersAreKeptOut(t *testing.T) {
	name := guest(t)
	for _, dir := range []string{world.host.State, world.host.Runtime} {
		info, err := os.Stat(dir)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o700 {
			t.Errorf("%s has mode %v, want 0700", dir, info.Mode().Perm())
		}
	}
	if os.Getuid() != 0 {
		return // nobody else's uid to try it with
	}
	for _, dir := range []string{world.dir, world.host.Dir} {
		if err := os.Chmod(dir, 0o711); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { os.Chmod(world.host.Dir, 0o700) })
	call := as(world.host.Banger("vm", "exec", name, "--", "true"), somebody)
	call.Dir = "/"
	if r := run(t, call); r.Exit != 125 {
		t.Errorf("another user's exec: exit %d, stdout %q, stderr %q", r.Exit, r.Stdout, r.Stderr)
	}
}

// TestEngineIsNobody: as root, each machine's engine runs as a user of its own; it holds no path of banger's.
func TestEngineIsNobody(t *testing.T) {
	shim := supervisor(t, guest(t))
	engine := 0
	for _, pid := range children(t, shim) {
		engine = pid
	}
	if engine == 0 {
		t.Fatal("the supervisor has no child")
	}
	args := string(readFile(t, fmt.Sprintf("/proc/%d/cmdline", engine)))
	if strings.Contains(args, world.dir) {
		t.Errorf("the engine's arguments hold a path of banger's: %q", strings.ReplaceAll(args, "\x00", " "))
	}
	var uids string
	for line := range strings.Lines(string(readFile(t, fmt.Sprintf("/proc/%d/status", engine)))) {
		if rest, ok := strings.CutPrefix(line, "Uid:"); ok {
			uids = strings.TrimSpace(rest)
		}
	}
	if os.Getuid() == 0 && (uids == "" || strings.HasPrefix(uids, "0\t")) {
		t.Errorf("the engine runs with the uids %q", uids)
	}
}

func children(t *testing.T, parent int) []int {
	t.Helper()
	var pids []int
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", parent))
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		for _, word := range strings.Fields(string(readFile(t, task))) {
			var pid int
			fmt.Sscan(word, &pid)
			pids = append(pids, pid)
		}
	}
	return pids
}

// TestSocketsAreClosedToOthers looks at the mode of every socket.
func TestSocketsAreClosedToOthers(t *testing.T) {
	guest(t)
	found := 0
	err := filepath.WalkDir(world.host.Runtime, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if info.Mode()&os.ModeSocket != 0 {
			found++
			if info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s has mode %v", path, info.Mode().Perm())
			}
		}
		return nil
	})
	if err != nil || found < 2 {
		t.Errorf("%d sockets found, want the daemon's and a supervisor's at least: %v", found, err)
	}
}
