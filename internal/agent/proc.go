package agent

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// stat is what /proc/PID/stat says of a process.
type stat struct{ pid, parent, group, session int }

// processes lists the processes that there are. Those that have ended are left out.
func processes() []stat {
	proc, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer proc.Close()
	names, _ := proc.Readdirnames(-1) // what was read counts
	var list []stat
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil {
			if s, ok := readStat(pid); ok {
				list = append(list, s)
			}
		}
	}
	return list
}

func readStat(pid int) (stat, bool) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return stat{}, false
	}
	// The name, in parentheses, may hold anything; state, ppid, pgrp, session follow it: proc(5).
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(fields) < 4 || fields[0] == "Z" {
		return stat{}, false
	}
	s := stat{pid: pid}
	for i, to := range []*int{&s.parent, &s.group, &s.session} {
		if *to, err = strconv.Atoi(fields[i+1]); err != nil {
			return stat{}, false
		}
	}
	return s, true
}

// signalEach signals the processes that match picks, and reports whether there were any.
func signalEach(sig syscall.Signal, match func(stat) bool) (any bool) {
	for _, s := range processes() {
		if match(s) {
			any = true
			syscall.Kill(s.pid, sig) // it may have ended meanwhile
		}
	}
	return any
}

// signalAll signals every process below this one.
func signalAll(sig syscall.Signal) {
	own := os.Getpid()
	if own == 1 {
		syscall.Kill(-1, sig) // all but process 1; ESRCH when there is none
		return
	}
	below := map[int]bool{own: true}
	list := processes()
	for grown := true; grown; {
		grown = false
		for _, s := range list {
			if below[s.parent] && !below[s.pid] {
				below[s.pid], grown = true, true
			}
		}
	}
	for _, s := range list {
		if below[s.pid] && s.pid != own {
			syscall.Kill(s.pid, sig)
		}
	}
}
