package peer

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// dialTo makes this test program a client of the address that is its value, until its standard input ends.
const dialTo = "BANGER_PEER_TEST_DIAL"

func TestMain(m *testing.M) {
	if address := os.Getenv(dialTo); address != "" {
		conn, err := net.Dial("tcp", address)
		fmt.Println(err)
		io.Copy(io.Discard, os.Stdin)
		conn.Close()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// another gives the server's end of a connection that another process made, which is what sys makes it.
func another(t *testing.T, sys *syscall.SysProcAttr) *net.TCPConn {
	t.Helper()
	l := listen(t, "tcp", "127.0.0.1:0")
	cmd := exec.Command("/proc/self/exe") // whose folder another user may not enter
	cmd.Env, cmd.SysProcAttr = []string{dialTo + "=" + l.Addr().String()}, sys
	said := new(strings.Builder)
	cmd.Stdout, cmd.Stderr = said, said
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		if err := cmd.Wait(); err != nil || said.String() != "<nil>\n" {
			t.Errorf("the client: %v, %q", err, said)
		}
	})
	return accept(t, l)
}

func listen(t *testing.T, network, address string) net.Listener {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func accept(t *testing.T, l net.Listener) *net.TCPConn {
	t.Helper()
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn.(*net.TCPConn)
}

// connect gives both ends of a connection of this process's to itself.
func connect(t *testing.T, address string) (client, server *net.TCPConn) {
	t.Helper()
	l := listen(t, "tcp", address)
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn.(*net.TCPConn), accept(t, l)
}
