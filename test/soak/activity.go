package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// activity tells which threads of a process run and which wait: of a guest that does not come up, whether it
// turns in circles or sleeps.
func activity(pid int) string {
	const watch = time.Second
	before := ticks(pid)
	time.Sleep(watch)
	var words []string
	for name, after := range ticks(pid) {
		words = append(words, fmt.Sprintf("%s %d ticks in %s", name, after-before[name], watch))
	}
	return strings.Join(words, ", ")
}

// ticks is the processor time of each thread, in clock ticks (proc(5): fields 14 and 15 of stat).
func ticks(pid int) map[string]int {
	stats, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	used := map[string]int{}
	for _, path := range stats {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // ended meanwhile
		}
		end := bytes.LastIndexByte(stat, ')')
		var user, system int
		fields := strings.Fields(string(stat[end+1:]))
		fmt.Sscan(fields[11]+" "+fields[12], &user, &system)
		used[string(stat[:end+1])] = user + system
	}
	return used
}
