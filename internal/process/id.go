package process

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// ID identifies one process for ever. The zero value identifies none.
type ID struct {
	PID int `json:"pid"`
	// Start is in clock ticks since the host's boot.
	Start uint64 `json:"start"`
	// Boot is the host's boot id.
	Boot string `json:"boot"`
}

// Self is the calling process.
func Self() (ID, error) { return Of(os.Getpid()) }

// Of is the process that has this pid now, os.ErrProcessDone when there is none. The caller
// must know that the pid is not reused yet: it is its own child, not waited for, or
// the peer of a live connection.
func Of(pid int) (ID, error) {
	boot, err := bootID()
	if err != nil {
		return ID{}, fmt.Errorf("read the host's boot id: %w", err)
	}
	start, err := startTime(pid)
	if err != nil {
		return ID{}, fmt.Errorf("look up process %d: %w", pid, err)
	}
	return ID{PID: pid, Start: start, Boot: boot}, nil
}

var bootID = sync.OnceValues(func() (string, error) {
	b, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return strings.TrimSpace(string(b)), err
})

func startTime(pid int) (uint64, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if errors.Is(err, fs.ErrNotExist) || isGone(err) {
		return 0, os.ErrProcessDone
	}
	if err != nil {
		return 0, err
	}
	return parseStart(stat)
}

// isGone reports the answer that the kernel gives for a process that ended in the middle of the question.
func isGone(err error) bool { return errors.Is(err, unix.ESRCH) }

// parseStart finds field 22. Field 2, the program's name, stands in parentheses
// and may hold anything, parentheses and spaces included; the last one closes it.
func parseStart(stat []byte) (uint64, error) {
	const startField, firstAfterName = 22, 3
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) <= startField-firstAfterName {
		return 0, fmt.Errorf("its stat has %d fields after the name", len(fields))
	}
	return strconv.ParseUint(string(fields[startField-firstAfterName]), 10, 64)
}
