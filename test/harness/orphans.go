package harness

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// children knows which children of this process were started by it, so that only
// adopted ones are reaped behind the back of os/exec.
type children struct {
	mu   sync.Mutex
	pids map[int]bool
}

var own = &children{pids: map[int]bool{}}

func (c *children) start(cmd *exec.Cmd) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := cmd.Start(); err != nil {
		return err
	}
	c.pids[cmd.Process.Pid] = true
	return nil
}

func (c *children) wait(cmd *exec.Cmd) error {
	err := cmd.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.pids, cmd.Process.Pid)
	return err
}

// reap takes the status of adopted children that have ended.
func (c *children) reap() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range processes() {
		if p.parent == os.Getpid() && p.state == "Z" && !c.pids[p.pid] {
			syscall.Wait4(p.pid, nil, syscall.WNOHANG, nil)
		}
	}
}

// Adopt makes this process the parent of its descendants' orphans, and reaps them
// as an init process would. It must be called before the first Call.
func Adopt() error {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("become the reaper of orphans: %w", err)
	}
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGCHLD)
	go func() {
		for range ended {
			own.reap()
		}
	}()
	return nil
}

// proc is a line of the process table.
type proc struct {
	pid, parent int
	state       string
	command     string
}

func (p proc) String() string { return fmt.Sprintf("pid %d: %s", p.pid, p.command) }

func processes() []proc {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	var all []proc
	for _, path := range stats {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // ended meanwhile
		}
		// The name in parentheses may hold anything; the fields after it do not.
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		parent, _ := strconv.Atoi(fields[1])
		args, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "cmdline"))
		command := strings.TrimSpace(strings.ReplaceAll(string(args), "\x00", " "))
		all = append(all, proc{pid: pid, parent: parent, state: fields[0], command: command})
	}
	return all
}

// Descendants lists every process that stems from this one and still lives.
func Descendants() []string { return DescendantsOf(os.Getpid()) }

// DescendantsOf lists every living process that stems from pid, as "pid N: command".
func DescendantsOf(pid int) []string {
	var lines []string
	for _, p := range descendants(pid) {
		lines = append(lines, p.String())
	}
	return lines
}

// Arguments are those of the one descendant that has word among them, nil when there is none.
func Arguments(word string) []string {
	for _, args := range having(word) {
		return args
	}
	return nil
}

// Pids are the descendants that have word among their arguments, in no particular order.
func Pids(word string) []int { return slices.Collect(maps.Keys(having(word))) }

// having gives the arguments of descendants that have word among them, by pid.
func having(word string) map[int][]string {
	found := map[int][]string{}
	for _, p := range descendants(os.Getpid()) {
		args, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", p.pid))
		if words := strings.Split(strings.TrimRight(string(args), "\x00"), "\x00"); slices.Contains(words, word) {
			found[p.pid] = words
		}
	}
	return found
}

func descendants(root int) []proc {
	all := processes()
	family := map[int]bool{root: true}
	for grew := true; grew; {
		grew = false
		for _, p := range all {
			if family[p.parent] && !family[p.pid] {
				family[p.pid], grew = true, true
			}
		}
	}
	var living []proc
	for _, p := range all {
		if family[p.pid] && p.pid != root && p.state != "Z" {
			living = append(living, p)
		}
	}
	return living
}
