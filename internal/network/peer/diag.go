package peer

import (
	"encoding/binary"
	"errors"
	"net/netip"

	"golang.org/x/sys/unix"
)

// Sizes of struct nlmsghdr, inet_diag_req_v2 and inet_diag_msg (linux/netlink.h, linux/inet_diag.h).
const (
	headerSize  = unix.SizeofNlMsghdr
	requestSize = 56
	answerSize  = 72
)

var errAnswer = errors.New("the kernel's answer about a socket makes no sense")

// ask asks the kernel for one socket by its addresses. That there is none, and that this kernel cannot tell, are both ENOENT.
func ask(p pair) (socket, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return socket{}, err
	}
	defer unix.Close(fd)
	if err := unix.Sendto(fd, request(p), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return socket{}, err
	}
	answer := make([]byte, 4096)
	n, from, err := unix.Recvfrom(fd, answer, unix.MSG_DONTWAIT) // it was answered while it was sent
	if err != nil {
		return socket{}, err
	}
	if sender, ok := from.(*unix.SockaddrNetlink); !ok || sender.Pid != 0 {
		return socket{}, errAnswer
	}
	return parse(answer[:n], p)
}

func request(p pair) []byte {
	b := make([]byte, headerSize+requestSize)
	binary.NativeEndian.PutUint32(b[0:], uint32(len(b)))
	binary.NativeEndian.PutUint16(b[4:], unix.SOCK_DIAG_BY_FAMILY)
	binary.NativeEndian.PutUint16(b[6:], unix.NLM_F_REQUEST)
	r := b[headerSize:]
	r[0], r[1] = unix.AF_INET6, unix.IPPROTO_TCP
	if p.local.Addr().Is4() {
		r[0] = unix.AF_INET
	}
	binary.NativeEndian.PutUint32(r[4:], ^uint32(0)) // in any state
	id := r[8:]
	binary.BigEndian.PutUint16(id[0:], p.local.Port())
	binary.BigEndian.PutUint16(id[2:], p.remote.Port())
	copy(id[4:20], p.local.Addr().AsSlice())
	copy(id[20:36], p.remote.Addr().AsSlice())
	binary.NativeEndian.PutUint64(id[40:], ^uint64(0)) // INET_DIAG_NOCOOKIE
	return b
}

// parse reads the answer about p. The kernel answers with a listener where there is no connection, which is told by its addresses.
func parse(b []byte, p pair) (socket, error) {
	if len(b) < headerSize+4 {
		return socket{}, errAnswer
	}
	kind, body := binary.NativeEndian.Uint16(b[4:]), b[headerSize:]
	if kind == unix.NLMSG_ERROR {
		return socket{}, unix.Errno(-int32(binary.NativeEndian.Uint32(body)))
	}
	if kind != unix.SOCK_DIAG_BY_FAMILY || len(body) < answerSize {
		return socket{}, errAnswer
	}
	id := body[4:]
	found := pair{addrOf(body[0], id[4:20], id[0:]), addrOf(body[0], id[20:36], id[2:])}
	if found != p {
		return socket{}, unix.ENOENT
	}
	return socket{
		state: body[1], uid: binary.NativeEndian.Uint32(body[64:]), inode: uint64(binary.NativeEndian.Uint32(body[68:])),
	}, nil
}

// addrOf is an IPv4 address, too, where a socket of IPv6 has one.
func addrOf(family byte, ip, port []byte) netip.AddrPort {
	if family == unix.AF_INET {
		ip = ip[:4]
	}
	a, _ := netip.AddrFromSlice(ip)
	return netip.AddrPortFrom(a.Unmap(), binary.BigEndian.Uint16(port))
}
