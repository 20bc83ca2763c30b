package pid1

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// routes is a batch of requests of rtnetlink(7) about one interface. A library for it would be as large again as the rest of the agent, which every
// boot copies into memory; and what runs in a fork for the first time is dear where the processor is emulated, so there is no reflection in it.
type routes struct {
	socket int // of the kernel's NETLINK_ROUTE
	index  int32
	batch  []byte
	what   []string // of each request, for errors
}

// setUp brings the interface up. It makes no link-local address of its own: that would cost traffic for a second, and nobody on its
// wire speaks to it.
func (r *routes) setUp(mtu int, is6 bool) {
	head := unix.IfInfomsg{Index: r.index, Flags: unix.IFF_UP, Change: unix.IFF_UP}
	attributes := attribute(nil, unix.IFLA_MTU, binary.NativeEndian.AppendUint32(nil, uint32(mtu)))
	if is6 {
		mode := attribute(nil, unix.IFLA_INET6_ADDR_GEN_MODE, []byte{genModeNone})
		attributes = attribute(attributes, unix.IFLA_AF_SPEC, attribute(nil, unix.AF_INET6, mode))
	}
	r.add("bring the interface up", unix.RTM_NEWLINK, 0, bytesOf(&head), attributes)
}

// genModeNone is IN6_ADDR_GEN_MODE_NONE of if_link.h.
const genModeNone = 1

func (r *routes) setMAC(mac net.HardwareAddr) {
	head := unix.IfInfomsg{Index: r.index}
	r.add("give the interface its MAC", unix.RTM_NEWLINK, 0, bytesOf(&head), attribute(nil, unix.IFLA_ADDRESS, mac))
}

// addAddress does not ask the wire whether somebody else has the address (nodad).
func (r *routes) addAddress(a netip.Addr, prefix uint8) {
	r.address("give the interface its address", unix.RTM_NEWADDR, unix.NLM_F_CREATE|unix.NLM_F_REPLACE, a, prefix)
}

func (r *routes) deleteAddress(a netip.Addr, prefix uint8) {
	r.address("take an address from the interface", unix.RTM_DELADDR, 0, a, prefix)
}

func (r *routes) address(what string, kind uint16, flags uint16, a netip.Addr, prefix uint8) {
	head := unix.IfAddrmsg{Family: family(a), Prefixlen: prefix, Flags: unix.IFA_F_NODAD, Index: uint32(r.index)}
	ip := a.AsSlice()
	r.add(what, kind, flags, bytesOf(&head), attribute(attribute(nil, unix.IFA_LOCAL, ip), unix.IFA_ADDRESS, ip))
}

func (r *routes) setDefault(gateway netip.Addr) {
	head := unix.RtMsg{
		Family: family(gateway), Table: unix.RT_TABLE_MAIN, Protocol: unix.RTPROT_BOOT, Scope: unix.RT_SCOPE_UNIVERSE, Type: unix.RTN_UNICAST,
	}
	through := attribute(attribute(nil, unix.RTA_GATEWAY, gateway.AsSlice()), unix.RTA_OIF, binary.NativeEndian.AppendUint32(nil, uint32(r.index)))
	r.add("route through the gateway", unix.RTM_NEWROUTE, unix.NLM_F_CREATE|unix.NLM_F_REPLACE, bytesOf(&head), through)
}

func family(a netip.Addr) uint8 {
	if a.Is4() {
		return unix.AF_INET
	}
	return unix.AF_INET6
}

// bytesOf is a header as the kernel has it. It must have no padding.
func bytesOf[T unix.IfInfomsg | unix.IfAddrmsg | unix.RtMsg | unix.NlMsghdr](head *T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(head)), unsafe.Sizeof(*head))
}

// attribute adds one in the form of netlink(7), padded to four bytes.
func attribute(to []byte, kind uint16, value []byte) []byte {
	to = binary.NativeEndian.AppendUint16(to, uint16(unix.SizeofRtAttr+len(value)))
	to = append(binary.NativeEndian.AppendUint16(to, kind), value...)
	return append(to, make([]byte, -len(value)&3)...)
}

func (r *routes) add(what string, kind, flags uint16, head, attributes []byte) {
	m := unix.NlMsghdr{
		Len: uint32(unix.SizeofNlMsghdr + len(head) + len(attributes)), Type: kind, Flags: unix.NLM_F_REQUEST | unix.NLM_F_ACK | flags, Seq: uint32(len(r.what)),
	}
	r.batch = append(append(append(r.batch, bytesOf(&m)...), head...), attributes...)
	r.what = append(r.what, what)
}

// commit has the kernel do it all. What fails does not keep it from the rest.
func (r *routes) commit() error {
	for b := r.batch; len(b) > 0; {
		n := binary.NativeEndian.Uint32(b)
		if err := unix.Sendto(r.socket, b[:n], 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
			return fmt.Errorf("talk to the kernel about the network: %w", err)
		}
		b = b[n:]
	}
	var failed error
	for answered := 0; answered < len(r.what); {
		var buf [4096]byte
		n, _, err := unix.Recvfrom(r.socket, buf[:], 0)
		if err != nil {
			return fmt.Errorf("hear from the kernel about the network: %w", err)
		}
		for answers := buf[:n]; len(answers) > 0; answered++ {
			number, rest, err := answer(answers)
			if err != nil && number < len(r.what) {
				failed = errors.Join(failed, fmt.Errorf("%s: %w", r.what[number], err))
			}
			answers = rest
		}
	}
	return failed
}

// answer takes one apart: the number of the request, what follows, and why it failed. It is an NLMSG_ERROR, also when nothing did.
func answer(buf []byte) (number int, rest []byte, err error) {
	if len(buf) < unix.SizeofNlMsghdr+4 || binary.NativeEndian.Uint16(buf[4:]) != unix.NLMSG_ERROR {
		return 0, nil, errors.New("the kernel gave no proper answer")
	}
	number = int(binary.NativeEndian.Uint32(buf[8:]))
	if code := int32(binary.NativeEndian.Uint32(buf[unix.SizeofNlMsghdr:])); code != 0 {
		err = syscall.Errno(-code)
	}
	return number, buf[min(int(binary.NativeEndian.Uint32(buf)+3)&^3, len(buf)):], err
}
