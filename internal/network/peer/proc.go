package peer

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
)

// maxTable bounds what is read of a table, in bytes: 150 of them a socket.
const maxTable = 64 << 20

// readProc looks a socket up in the tables below dir, which is /proc/net; those of IPv6 have sockets that use IPv4, too.
func readProc(dir string, p pair) (socket, error) {
	for _, table := range []string{"tcp", "tcp6"} {
		f, err := os.Open(filepath.Join(dir, table))
		if os.IsNotExist(err) {
			continue // this kernel does not have it
		}
		if err != nil {
			return socket{}, err
		}
		s, err := search(io.LimitReader(f, maxTable), p)
		f.Close()
		if err != nil || s.state != 0 {
			return s, err
		}
	}
	return socket{}, ErrGone
}

// search gives the zero socket when the table has none with these addresses: proc_pid_net(5).
func search(table io.Reader, p pair) (s socket, err error) {
	local, remote := forms(p.local), forms(p.remote)
	for lines := bufio.NewScanner(table); ; {
		if !lines.Scan() {
			return socket{}, lines.Err()
		}
		f := strings.Fields(lines.Text())
		if len(f) < 10 || !local[f[1]] || !remote[f[2]] {
			continue
		}
		if _, err := fmt.Sscanf(f[3]+" "+f[7]+" "+f[9], "%x %d %d", &s.state, &s.uid, &s.inode); err != nil {
			return socket{}, fmt.Errorf("read the kernel's table of sockets: %w", err)
		}
		return s, nil
	}
}

// forms are an address as the tables write it: words of 32 bits in the machine's order, a colon, the port.
func forms(a netip.AddrPort) map[string]bool {
	as16 := a.Addr().As16()
	all := map[string]bool{words(as16[:], a.Port()): true}
	if a.Addr().Is4() {
		all[words(as16[12:], a.Port())] = true
	}
	return all
}

func words(ip []byte, port uint16) string {
	var text strings.Builder
	for ; len(ip) > 0; ip = ip[4:] {
		fmt.Fprintf(&text, "%08X", binary.NativeEndian.Uint32(ip))
	}
	fmt.Fprintf(&text, ":%04X", port)
	return text.String()
}
