package vmmtest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// settling bounds the wait for what ends a moment after the test's last step.
const settling = 10 * time.Second

// nothingLeft fails the test when, after all its other clean-ups, it has left
// something that was not there before.
func nothingLeft(t *testing.T) {
	t.Helper()
	files := openFiles()
	t.Cleanup(func() {
		var left []string
		for deadline := time.Now().Add(settling); ; time.Sleep(10 * time.Millisecond) {
			left = append(newer(files, openFiles()), children()...)
			left = append(left, goroutines()...)
			if len(left) == 0 || time.Now().After(deadline) {
				break
			}
		}
		for _, what := range left {
			t.Errorf("left behind: %s", what)
		}
	})
}

// openFiles maps this process's descriptors to what they are.
func openFiles() map[string]string {
	files := map[string]string{}
	links, _ := filepath.Glob("/proc/self/fd/*")
	for _, link := range links {
		target, err := os.Readlink(link)
		if err == nil && !strings.HasPrefix(target, "anon_inode:[event") { // the runtime's own poller
			files[filepath.Base(link)] = target
		}
	}
	return files
}

func newer(before, now map[string]string) (left []string) {
	for fd, target := range now {
		if before[fd] != target {
			left = append(left, fmt.Sprintf("descriptor %s: %s", fd, target))
		}
	}
	return left
}

// children lists this process's own children.
func children() (left []string) {
	lists, _ := filepath.Glob("/proc/self/task/*/children")
	for _, list := range lists {
		pids, _ := os.ReadFile(list)
		for _, pid := range strings.Fields(string(pids)) {
			name, _ := os.ReadFile("/proc/" + pid + "/comm")
			left = append(left, fmt.Sprintf("process %s: %s", pid, bytes.TrimSpace(name)))
		}
	}
	return left
}

// goroutines lists the stacks that run code of an engine.
func goroutines() (left []string) {
	all := make([]byte, 1<<20)
	all = all[:runtime.Stack(all, true)]
	for stack := range strings.SplitSeq(string(all), "\n\n") {
		for _, room := range []string{"banger/internal/vmm/child.", "banger/internal/vmm/qemu.(", "banger/internal/vmm/fake.("} {
			if strings.Contains(stack, room) {
				left = append(left, "goroutine: "+stack)
				break
			}
		}
	}
	return left
}

// alive reports whether a process of this pid exists and has not been waited for.
func alive(pid int) bool {
	_, err := os.Stat(fmt.Sprintf("/proc/%d", pid))
	return err == nil
}
