package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// describe names the machine that the figures are of.
func describe(w io.Writer, engine string) {
	var name unix.Utsname
	unix.Uname(&name)
	fmt.Fprintf(w, "%s, %d CPUs, %s of memory, Linux %s, %s, %s; engine `%s`; %s.\n\n",
		fieldOf("/proc/cpuinfo", "model name"), runtime.NumCPU(), fieldOf("/proc/meminfo", "MemTotal"),
		unix.ByteSliceToString(name.Release[:]), firstLine("qemu-system-x86_64", "--version"), runtime.Version(),
		engine, time.Now().Format(time.DateOnly))
}

// fieldOf is the first value of a "name : value" line of a file in /proc.
func fieldOf(file, field string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == field {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

func firstLine(program string, args ...string) string {
	out, err := exec.Command(program, args...).Output()
	if err != nil {
		return program + ": " + err.Error()
	}
	line, _, _ := strings.Cut(string(out), "\n")
	return line
}
