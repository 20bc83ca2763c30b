package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// hostRole is the first argument of the process that holds the host's namespaces.
const hostRole = "host"

// The two ends of the host's cable.
const (
	worldLink = `link set lo up
link add cable type veth peer name eth0 netns %d
address add 93.184.216.1/24 dev cable
address add 192.168.1.1/24 dev cable
address add 2606:2800:220::1/64 dev cable nodad
link set cable up
address add 2606:2800::14/128 dev lo nodad
route add local 0.0.0.0/0 dev lo table main
route add local ::/0 dev lo table main
`
	hostLink = `link set lo up
address add 93.184.216.2/24 dev eth0
address add 192.168.1.2/24 dev eth0
address add 2606:2800:220::2/64 dev eth0 nodad
link set eth0 up
route add default via 93.184.216.1
route add default via 2606:2800:220::1
`
)

// host is the process in the second namespace.
type host struct {
	pid   int
	cmd   *exec.Cmd
	alive io.WriteCloser // it ends with this
}

func startHost(folder string) (*host, error) {
	resolv := filepath.Join(folder, "resolv.conf")
	if err := os.WriteFile(resolv, []byte("nameserver "+nameServers[0]+"\n"), 0o644); err != nil {
		return nil, err
	}
	cmd := exec.Command("/proc/self/exe", hostRole, resolv)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET | unix.CLONE_NEWNS}
	cmd.Stderr = os.Stderr
	alive, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	ready, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	h := &host{cmd.Process.Pid, cmd, alive}
	err = ip(fmt.Sprintf(worldLink, h.pid))
	fmt.Fprintln(alive)
	if _, said := bufio.NewReader(ready).ReadString('\n'); said != nil {
		err = errors.Join(err, fmt.Errorf("the host did not get ready: %w", said))
	}
	if err != nil {
		h.end()
		return nil, err
	}
	return h, nil
}

func (h *host) end() {
	h.alive.Close()
	h.cmd.Wait()
}

// inside has sockets made that are the host's.
func (h *host) inside(work func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // for ever: the thread ends with this function, and nothing else gets onto it
		namespace, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", h.pid))
		if err == nil {
			defer namespace.Close()
			err = unix.Setns(int(namespace.Fd()), unix.CLONE_NEWNET)
		}
		if err == nil {
			err = work()
		}
		done <- err
	}()
	return <-done
}

// beHost is what the process in the second namespace does: it lives until its standard input ends.
func beHost(resolv string) error {
	lines := bufio.NewReader(os.Stdin)
	if _, err := lines.ReadString('\n'); err != nil { // then the cable is there
		return err
	}
	err := errors.Join(
		ip(hostLink),
		os.WriteFile("/proc/sys/net/ipv4/ping_group_range", []byte("0 2147483647"), 0), // as distributions have it
		unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""),
		unix.Mount(resolv, "/etc/resolv.conf", "", unix.MS_BIND, ""))
	if err != nil {
		return err
	}
	fmt.Println("ready")
	_, err = io.Copy(io.Discard, lines)
	return err
}

// ip runs commands of ip(8).
func ip(commands string) error {
	cmd := exec.Command("ip", "-batch", "-")
	cmd.Stdin = strings.NewReader(commands)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("ip: %w: %s", err, bytes.TrimSpace(out))
	}
	return nil
}
