package agent

import (
	"bufio"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// resetConnections resets the TCP connections of a guest that goes on from a copy of another: nobody at the other end knows of
// them, and who waits on one for the other side to speak would wait for ever. What fails is left: it ends by itself, only later.
func resetConnections() {
	stale := map[string]bool{}
	for _, protocol := range []string{"tcp", "tcp6"} {
		addConnections(stale, "/proc/net/"+protocol)
	}
	if len(stale) == 0 {
		return
	}
	left := maxSockets
	for _, p := range processes() {
		dir := "/proc/" + strconv.Itoa(p.pid)
		for _, name := range openFiles(dir, left) {
			left--
			if target, _ := os.Readlink(filepath.Join(dir, "fd", name)); stale[target] {
				resetSocket(p.pid, name)
			}
		}
	}
}

// addConnections notes the sockets of a file of /proc/net that are connected to something beyond this guest.
func addConnections(stale map[string]bool, path string) {
	f, err := os.Open(path)
	if err != nil {
		return // this kernel does not have it
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan() && len(stale) < maxSockets; {
		fields := strings.Fields(lines.Text())
		if len(fields) < 10 || fields[3] == stateListen {
			continue
		}
		if at, ok := address(fields[1]); ok && !at.Addr().Unmap().IsLoopback() {
			stale["socket:["+fields[9]+"]"] = true
		}
	}
}

// resetSocket dissolves another process's connection (connect(2), AF_UNSPEC), which fails there with ECONNRESET.
func resetSocket(pid int, name string) {
	number, err := strconv.Atoi(name)
	if err != nil {
		return
	}
	process, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return
	}
	defer unix.Close(process)
	socket, err := unix.PidfdGetfd(process, number, 0)
	if err != nil {
		return
	}
	defer unix.Close(socket)
	var unspecified unix.RawSockaddr // the family AF_UNSPEC
	unix.RawSyscall(unix.SYS_CONNECT, uintptr(socket), uintptr(unsafe.Pointer(&unspecified)), unix.SizeofSockaddrInet4)
}
