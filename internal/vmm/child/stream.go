package child

import (
	"fmt"
	"io"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// Pair makes a byte stream between this program and a process: here is this
// program's end, there is for Command.Files. The caller closes both.
func Pair(name string) (here net.Conn, there *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("make the %s stream: %w", name, err)
	}
	own := os.NewFile(uintptr(fds[0]), name)
	defer own.Close() // FileConn makes a copy
	there = os.NewFile(uintptr(fds[1]), name)
	here, err = net.FileConn(own)
	if err != nil {
		there.Close()
		return nil, nil, fmt.Errorf("make the %s stream: %w", name, err)
	}
	return here, there, nil
}

// Drain copies everything that arrives on conn to w until the other end is closed,
// and then closes conn. It reads on when w fails, so that a full disk does not
// make a guest block on its console.
func Drain(conn net.Conn, w io.Writer) {
	defer conn.Close()
	if _, err := io.Copy(w, conn); err != nil {
		io.Copy(io.Discard, conn)
	}
}
