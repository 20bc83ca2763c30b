package agent

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"banger/internal/guestlink"
)

// maxSockets bounds how many open files are looked at to find whose a socket is.
const maxSockets = 200_000

// listener is a socket that waits for others to call.
type listener struct {
	guestlink.Port
	inode string
}

// ports lists the sockets of the guest that wait for others to call, by port.
func ports(want *guestlink.ListPorts) ([]guestlink.Port, error) {
	var found []listener
	for _, protocol := range []string{"tcp", "tcp6", "udp", "udp6"} {
		f, err := os.Open("/proc/net/" + protocol)
		if errors.Is(err, fs.ErrNotExist) {
			continue // this kernel does not have it
		}
		if err != nil {
			return nil, err
		}
		some, err := listeners(f, protocol, guestlink.MaxPorts-len(found))
		f.Close()
		if err != nil {
			return nil, err
		}
		found = append(found, some...)
	}
	if len(found) > 0 && (want == nil || !want.NoProcesses) {
		findOwners(found)
	}
	list := make([]guestlink.Port, len(found))
	for i, l := range found {
		list[i] = l.Port
	}
	slices.SortStableFunc(list, func(a, b guestlink.Port) int { return cmp.Compare(a.Port, b.Port) })
	return list, nil
}

// The states of a socket in /proc/net: a TCP socket that listens, a UDP socket that is not connected.
const (
	stateListen = "0A"
	stateClose  = "07"
)

// listeners reads at most limit of them from a file of /proc/net: proc(5).
func listeners(r io.Reader, protocol string, limit int) (found []listener, err error) {
	lines := bufio.NewScanner(r)
	for len(found) < limit && lines.Scan() {
		f := strings.Fields(lines.Text())
		wanted := stateListen
		if strings.HasPrefix(protocol, "udp") {
			wanted = stateClose
		}
		if len(f) < 10 || f[3] != wanted {
			continue
		}
		if at, ok := address(f[1]); ok {
			found = append(found, listener{guestlink.Port{Protocol: protocol, Address: at.Addr().String(), Port: at.Port()}, f[9]})
		}
	}
	return found, lines.Err()
}

// address reads what /proc/net has for one: words of 32 bits in the machine's order, a colon, the port.
func address(text string) (netip.AddrPort, bool) {
	words, port, _ := strings.Cut(text, ":")
	number, err := strconv.ParseUint(port, 16, 16)
	if err != nil {
		return netip.AddrPort{}, false
	}
	raw, err := hex.DecodeString(words)
	if err != nil || len(raw)%4 != 0 {
		return netip.AddrPort{}, false
	}
	for i := 0; i < len(raw); i += 4 {
		binary.BigEndian.PutUint32(raw[i:], binary.NativeEndian.Uint32(raw[i:]))
	}
	ip, ok := netip.AddrFromSlice(raw)
	return netip.AddrPortFrom(ip, uint16(number)), ok
}

// findOwners looks for the processes that have the sockets open, the lowest first.
func findOwners(found []listener) {
	bySocket := map[string][]*guestlink.Port{}
	for i := range found {
		key := "socket:[" + found[i].inode + "]"
		bySocket[key] = append(bySocket[key], &found[i].Port)
	}
	list := processes()
	slices.SortFunc(list, func(a, b stat) int { return cmp.Compare(a.pid, b.pid) })
	left := maxSockets
	for _, s := range list {
		dir := "/proc/" + strconv.Itoa(s.pid)
		for _, name := range openFiles(dir, left) {
			left--
			target, _ := os.Readlink(filepath.Join(dir, "fd", name)) // it may have been closed
			for _, p := range bySocket[target] {
				if p.PID == 0 {
					p.PID, p.Process = s.pid, processName(dir)
				}
			}
		}
	}
}

func openFiles(dir string, limit int) []string {
	f, err := os.Open(filepath.Join(dir, "fd"))
	if err != nil || limit <= 0 {
		return nil
	}
	defer f.Close()
	names, _ := f.Readdirnames(limit) // the process may end meanwhile
	return names
}

func processName(dir string) string {
	name, _ := os.ReadFile(filepath.Join(dir, "comm"))
	return strings.TrimSpace(string(name))
}
