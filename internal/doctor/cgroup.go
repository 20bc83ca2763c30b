package doctor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// cgroupMount is a hierarchy of control groups.
type cgroupMount struct {
	version2 bool
	point    string
	options  []string
}

// cgroupMounts are those that this process sees.
func (h *host) cgroupMounts() (found []cgroupMount) {
	table, _ := h.read("proc/self/mounts")
	for line := range strings.Lines(table) {
		fields := strings.Fields(line) // device, point, type, options
		if len(fields) >= 4 && (fields[2] == "cgroup2" || fields[2] == "cgroup") {
			found = append(found, cgroupMount{fields[2] == "cgroup2", fields[1], strings.Split(fields[3], ",")})
		}
	}
	return found
}

// wantControllers are what bounds a VM.
var wantControllers = []string{"cpu", "memory", "pids"}

// checkCgroup looks whether this user can bound what VMs take together: banger itself puts them into no control group yet.
func checkCgroup(_ context.Context, h *host) []Row {
	const (
		lacking = "so what all VMs take together cannot be bounded"
		alone   = "boot the host with systemd.unified_cgroup_hierarchy=1"
	)
	mounts := h.cgroupMounts()
	i := slices.IndexFunc(mounts, func(m cgroupMount) bool { return m.version2 })
	if i < 0 {
		return warned("there are no control groups of version 2, "+lacking, alone)
	}
	dir := h.delegated(mounts[i])
	if dir == "" {
		return warned("no control group is this user's own, "+lacking, "log in by systemd-logind, or have root delegate one (Delegate=yes, systemd.resource-control(5))")
	}
	remedy := "have root write Delegate=cpu memory pids below [Service] to /etc/systemd/system/user@.service.d/delegate.conf, then log in anew"
	if dir == mounts[i].point {
		remedy = alone
	}
	controllers, _ := h.read(filepath.Join(dir, "cgroup.controllers"))
	for _, want := range wantControllers {
		if !slices.Contains(strings.Fields(controllers), want) {
			return warned(fmt.Sprintf("%s has no controller for %s, %s", dir, want, lacking), remedy)
		}
	}
	return passed(fmt.Sprintf("%s can be bounded in %s", strings.Join(wantControllers, ", "), dir))
}

// delegated is the control group that this user may divide: the process's own, the one that systemd keeps for the
// user's services, or, for root, the whole. Empty when there is none.
func (h *host) delegated(m cgroupMount) string {
	if slices.Contains(m.options, "ro") {
		return ""
	}
	for _, group := range []string{h.ownCgroup(), userService(h.uid), ""} {
		dir := filepath.Join(m.point, group)
		info, err := os.Stat(filepath.Join(h.root, dir, "cgroup.procs"))
		if err == nil && int(info.Sys().(*syscall.Stat_t).Uid) == h.uid && info.Mode().Perm()&0o200 != 0 {
			return dir
		}
	}
	return ""
}

// ownCgroup is where this process is (cgroups(7), "/proc/pid/cgroup").
func (h *host) ownCgroup() string {
	table, _ := h.read("proc/self/cgroup")
	for line := range strings.Lines(table) {
		if group, ok := strings.CutPrefix(strings.TrimSpace(line), "0::"); ok {
			return group
		}
	}
	return ""
}

// userService is the control group of a user's services (user@.service(5)).
func userService(uid int) string {
	return fmt.Sprintf("user.slice/user-%d.slice/user@%[1]d.service", uid)
}
