package peer

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// ways are the two in which the kernel is asked.
var ways = map[string]func(pair) (socket, error){
	"netlink": ask,
	"proc":    func(p pair) (socket, error) { return readProc("/proc/net", p) },
}

func ends(server *net.TCPConn) pair {
	return pair{local: addrPort(server.RemoteAddr()), remote: addrPort(server.LocalAddr())}
}

func TestOwnConnections(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "127.77.1.2:0", "[::1]:0"} {
		client, server := connect(t, address)
		for _, conn := range []*net.TCPConn{server, client} {
			if uid, err := UID(conn); err != nil || uid != uint32(os.Getuid()) || !Owner(conn) {
				t.Errorf("%s: user %d, %v", address, uid, err)
			}
		}
		for name, way := range ways {
			if s, err := way(ends(server)); err != nil || s.uid != uint32(os.Getuid()) || s.state != unix.BPF_TCP_ESTABLISHED || s.inode == 0 {
				t.Errorf("%s by %s: %+v, %v", address, name, s, err)
			}
		}
	}
}

// A socket of IPv6 that uses IPv4, as Java's are, is in the kernel's tables of IPv6.
func TestIPv4OverASocketOfIPv6(t *testing.T) {
	l := listen(t, "tcp4", "127.0.0.1:0")
	fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	to := netip.AddrFrom16(netip.MustParseAddr("127.0.0.1").As16())
	if err := unix.Connect(fd, &unix.SockaddrInet6{Addr: to.As16(), Port: l.Addr().(*net.TCPAddr).Port}); err != nil {
		t.Fatal(err)
	}
	server := accept(t, l)
	for name, way := range ways {
		if s, err := way(ends(server)); err != nil || s.uid != uint32(os.Getuid()) || s.inode == 0 {
			t.Errorf("by %s: %+v, %v", name, s, err)
		}
	}
}

// other is a process with the user that it has here.
type other struct {
	sys *syscall.SysProcAttr
	uid int
}

// stranger is no user of any host.
const stranger = 54321

// others are a process in a namespace of its own and, which only root can make, those of another user.
func others() map[string]other {
	all := map[string]other{"root of a namespace that is this user": {rootAlone(os.Getuid(), os.Getgid()), os.Getuid()}}
	if os.Getuid() == 0 {
		all["another user"] = other{&syscall.SysProcAttr{Credential: &syscall.Credential{Uid: stranger, Gid: stranger}}, stranger}
		all["root of a namespace that is another user"] = other{rootAlone(stranger, stranger), stranger}
	}
	return all
}

// rootAlone makes a process root of a user namespace in which there is nobody else. Here it is the user that it is given.
func rootAlone(uid, gid int) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{HostID: uid, Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: gid, Size: 1}},
		Credential:  &syscall.Credential{NoSetGroups: true},
	}
}

func TestOtherProcesses(t *testing.T) {
	for name, other := range others() {
		t.Run(name, func(t *testing.T) {
			conn := another(t, other.sys)
			if uid, err := UID(conn); err != nil || int(uid) != other.uid {
				t.Errorf("user %d, %v, want %d", uid, err, other.uid)
			}
			if Owner(conn) != (other.uid == os.Getuid()) {
				t.Error("Owner is wrong about it")
			}
			for way, ask := range ways {
				if s, err := ask(ends(conn)); err != nil || int(s.uid) != other.uid || !s.held() {
					t.Errorf("by %s: %+v, %v", way, s, err)
				}
			}
		})
	}
}

// Who hangs up is not taken for root, though the kernel says 0 for the user of what is left.
func TestAClientThatHasGone(t *testing.T) {
	for name, hangUp := range map[string]func(*net.TCPConn) error{
		"closed": (*net.TCPConn).Close,
		"reset":  func(c *net.TCPConn) error { return errors.Join(c.SetLinger(0), c.Close()) },
	} {
		client, server := connect(t, "127.0.0.1:0")
		if err := hangUp(client); err != nil {
			t.Fatal(err)
		}
		if uid, err := UID(server); !errors.Is(err, ErrGone) || Owner(server) {
			t.Errorf("%s: user %d, %v, want %v", name, uid, err, ErrGone)
		}
		for way, ask := range ways {
			if s, err := ask(ends(server)); err == nil && s.held() {
				t.Errorf("%s, by %s: %+v", name, way, s)
			}
		}
	}
}

func TestAClientThatHasSaidAll(t *testing.T) {
	client, server := connect(t, "127.0.0.1:0")
	if err := client.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if !Owner(server) {
		t.Error("it was taken for one that has gone")
	}
}

// After a reset, somebody else may have the client's address: here it is told by our own end.
func TestOurEndWasReset(t *testing.T) {
	client, server := connect(t, "127.0.0.1:0")
	if !connected(server) || !connected(client) {
		t.Error("a connection is taken for none")
	}
	if err := errors.Join(client.SetLinger(0), client.Close()); err != nil {
		t.Fatal(err)
	}
	if connected(server) {
		t.Error("a reset was not seen")
	}
}

// The kernel answers a question about a connection that is none with who listens there.
func TestAListenerIsNoClient(t *testing.T) {
	l := listen(t, "tcp", "127.0.0.1:0")
	p := pair{local: addrPort(l.Addr()), remote: netip.MustParseAddrPort("127.0.0.1:9")}
	for name, way := range ways {
		if s, err := way(p); err == nil {
			t.Errorf("by %s: %+v", name, s)
		}
	}
}

func TestElsewhere(t *testing.T) {
	for address, want := range map[string]bool{"127.9.9.9": true, "::1": true, "192.0.2.1": false, "2001:db8::1": false} {
		if here, err := ofThisHost(netip.MustParseAddr(address)); here != want || err != nil {
			t.Errorf("%s: %v, %v", address, here, err)
		}
	}
	own, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range own {
		if p, err := netip.ParsePrefix(a.String()); err != nil {
			t.Error(err)
		} else if here, err := ofThisHost(p.Addr()); !here || err != nil {
			t.Errorf("%s: %v, %v", a, here, err)
		}
	}
}

func TestOnlyTCP(t *testing.T) {
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	if _, err := UID(a); err == nil || Owner(a) {
		t.Error("a pipe has a user")
	}
}

func TestAnswersThatMakeNoSense(t *testing.T) {
	p := pair{netip.MustParseAddrPort("127.0.0.1:1"), netip.MustParseAddrPort("127.0.0.1:2")}
	for _, answer := range []string{"", strings.Repeat("\x00", headerSize), strings.Repeat("\x00", 200), string(request(p))} {
		if s, err := parse([]byte(answer), p); err == nil {
			t.Errorf("%q: %+v", answer, s)
		}
	}
}
