// Command probe is the one program of the guests that the engines' tests boot: they
// have no root file system. It is static and lies in their initramfs. Other guests are
// given it for what their own programs cannot do.
//
//	probe say TEXT      prints it
//	probe flood N       prints N KiB
//	probe cat PATH      prints a file's content
//	probe head PATH N   prints the first N bytes of a file or disk
//	probe write PATH    copies standard input over the beginning of a file or disk
//	probe create PATH   copies standard input to a file, which is made if need be
//	probe fill PATH AT N  writes N MiB to a file or disk from a byte on, to the disk itself
//	probe signal PID N  sends a signal
//	probe frame NIC HEX...  sends raw Ethernet frames
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
	case "head":
		return head(args[0], args[1])
	case "write":
		return write(args[0], os.O_WRONLY)
	case "create":
		return write(args[0], os.O_WRONLY|os.O_CREATE|os.O_TRUNC)
	case "fill":
		return fill(args[0], args[1], args[2])
	case "signal":
		return signal(args[0], args[1])
	case "frame":
		return sendFrames(args[0], args[1:])
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

func head(path, bytes string) error {
	n, err := strconv.ParseInt(bytes, 10, 64)
	if err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	_, err = io.CopyN(os.Stdout, f, n)
	return err
}

func fill(path, at, mib string) error {
	offset, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(mib)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	for i := range n {
		if _, err := f.WriteAt(bytes.Repeat([]byte{byte(i + 1)}, 1<<20), offset+int64(i)<<20); err != nil {
			return err
		}
	}
	return errors.Join(f.Sync(), f.Close())
}

func write(path string, flag int) error {
	f, err := os.OpenFile(path, flag, 0o600)
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
