package peer

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"

	"banger/internal/network/address"

	"golang.org/x/sys/unix"
)

// ErrElsewhere says that the client is on another host, so that it is no user of this one.
var ErrElsewhere = errors.New("the client is not on this host")

// ErrGone says that the client has closed its end, or died, before its user could be told.
var ErrGone = errors.New("the client has gone already")

// Owner reports whether the client of an accepted connection is the user of this process, or root. What cannot be told is neither.
func Owner(conn net.Conn) bool {
	uid, err := UID(conn)
	return err == nil && (uid == 0 || uid == uint32(os.Geteuid()))
}

// NoStranger is Owner for a listener that was opened to other hosts: their clients may come, and of this host's only those of Owner.
func NoStranger(conn net.Conn) bool {
	_, err := UID(conn)
	return errors.Is(err, ErrElsewhere) || Owner(conn)
}

// UID is the user at the other end of a TCP connection. Besides ErrElsewhere and ErrGone, an error means that the kernel does not tell.
func UID(conn net.Conn) (uint32, error) {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return 0, fmt.Errorf("find out who connected: %T is no TCP connection", conn)
	}
	uid, err := userOf(tcp)
	if err != nil {
		return 0, fmt.Errorf("find out who connected from %s: %w", tcp.RemoteAddr(), err)
	}
	return uid, nil
}

func userOf(conn *net.TCPConn) (uint32, error) {
	theirs := pair{local: addrPort(conn.RemoteAddr()), remote: addrPort(conn.LocalAddr())}
	here, err := ofThisHost(theirs.local.Addr())
	if err != nil {
		return 0, err
	}
	if !here {
		return 0, ErrElsewhere
	}
	s, err := ask(theirs)
	if err != nil { // which also says that there is no such socket
		s, err = readProc("/proc/net", theirs)
	}
	if err != nil {
		return 0, err
	}
	// As long as our end is there, nobody else can have a socket with the addresses of theirs.
	if !s.held() || !connected(conn) {
		return 0, ErrGone
	}
	return s.uid, nil
}

// pair is the two addresses of a connected socket, as whoever holds it sees them.
type pair struct{ local, remote netip.AddrPort }

// socket is what the kernel tells of one.
type socket struct {
	state uint8
	uid   uint32
	inode uint64
}

// held reports whether a process has the socket open and connected. The kernel says 0 for the user of one that it only
// keeps to say goodbye, and for its inode.
func (s socket) held() bool { return s.inode != 0 && s.state != unix.BPF_TCP_SYN_SENT }

// addrPort is without the zone, which the kernel's tables do not have, and with an IPv4 address as one.
func addrPort(a net.Addr) netip.AddrPort {
	at := a.(*net.TCPAddr).AddrPort()
	return netip.AddrPortFrom(at.Addr().Unmap().WithZone(""), at.Port())
}

func ofThisHost(a netip.Addr) (bool, error) {
	if a.IsLoopback() {
		return true, nil
	}
	own, err := address.OfHost()
	return slices.Contains(own, a), err
}

// connected reports whether our end can still receive: no reset has come.
func connected(conn *net.TCPConn) bool {
	raw, err := conn.SyscallConn()
	if err != nil {
		return false
	}
	var info *unix.TCPInfo
	var failed error
	err = raw.Control(func(fd uintptr) { info, failed = unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO) })
	return err == nil && failed == nil && info.State != unix.BPF_TCP_CLOSE
}
