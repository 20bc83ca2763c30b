package snapshot

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"banger/internal/vmm/host"
)

// Host names what a template depends on beside its parts: banger's own program, which gives the engine its
// arguments, the engine's program, the processor with the rate of its clock, and the host's kernel. The programs are known by
// size and time of change, which every upgrade changes.
func Host(program string) (string, error) {
	sum := sha256.New()
	programs := []string{program}
	if engine, err := host.FindQEMU(); err == nil { // there are other engines
		programs = append(programs, engine)
	}
	for _, path := range programs {
		info, err := os.Stat(path)
		if err != nil {
			return "", fmt.Errorf("look at the program %s: %w", path, err)
		}
		fmt.Fprintln(sum, info.Size(), info.ModTime().UnixNano())
	}
	var uname unix.Utsname
	if err := unix.Uname(&uname); err != nil {
		return "", os.NewSyscallError("uname", err)
	}
	fmt.Fprintln(sum, unix.ByteSliceToString(uname.Release[:]), host.TSCKHz())
	if err := addProcessor(sum); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)[:16]), nil
}

// addProcessor adds what tells one kind of processor from another in /proc/cpuinfo.
func addProcessor(w io.Writer) error {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan() && lines.Text() != ""; { // the first processor's paragraph
		name, value, _ := strings.Cut(lines.Text(), ":")
		switch strings.TrimSpace(name) {
		case "vendor_id", "cpu family", "model", "stepping", "microcode", "flags":
			fmt.Fprintln(w, value)
		}
	}
	return nil
}
