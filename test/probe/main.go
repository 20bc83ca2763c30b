// Command probe is the one program of the guests that the engines' tests boot: they
// have no root file system. It is static and lies in their initramfs.
//
//	probe say TEXT      prints it
//	probe flood N       prints N KiB
//	probe cat PATH      prints a file's content
//	probe write PATH    copies standard input over the beginning of a file or disk
//	probe signal PID N  sends a signal
//	probe panic         makes the guest's kernel panic
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

func main() {
	if err := run(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "probe:", err)
		os.Exit(1)
	}
}

func run(verb string, args []string) error {
	switch verb {
	case "say":
		fmt.Println(args[0])
		return nil
	case "flood":
		return flood(args[0])
	case "cat":
		b, err := os.ReadFile(args[0])
		os.Stdout.Write(b)
		return err
	case "write":
		return write(args[0])
	case "signal":
		return signal(args[0], args[1])
	case "panic":
		return panicKernel()
	}
	return fmt.Errorf("no verb %q", verb)
}

func flood(kib string) error {
	n, err := strconv.Atoi(kib)
	if err != nil {
		return err
	}
	line := append(bytes.Repeat([]byte("x"), 127), '\n')
	for range n << 10 / len(line) {
		if _, err := os.Stdout.Write(line); err != nil {
			return err
		}
	}
	return nil
}

func write(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if _, err := io.Copy(f, os.Stdin); err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func signal(pid, number string) error {
	p, err := strconv.Atoi(pid)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(number)
	if err != nil {
		return err
	}
	return syscall.Kill(p, syscall.Signal(n))
}

// panicKernel works only where the root is an initramfs, so that it can never hit a host.
func panicKernel() error {
	var root unix.Statfs_t
	if err := unix.Statfs("/", &root); err != nil {
		return err
	}
	if root.Type != unix.RAMFS_MAGIC && root.Type != unix.TMPFS_MAGIC {
		return errors.New("this is no guest of a test")
	}
	return os.WriteFile("/proc/sysrq-trigger", []byte("c"), 0)
}
