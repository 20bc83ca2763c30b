package pid1

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"
)

// routes talks rtnetlink(7) about one interface. A library for it would be as large again as the rest of the agent, which every boot
// copies into memory.
type routes struct {
	socket int
	index  int32
}

func openRoutes(index int32) (*routes, error) {
	s, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		return nil, fmt.Errorf("talk to the kernel about the network: %w", err)
	}
	return &routes{socket: s, index: index}, nil
}

func (r *routes) close() { unix.Close(r.socket) }

// setLink gives the interface its address and brings it up. It makes no link-local address of its own: that would cost traffic for a
// second, and nobody on its wire speaks to it.
func (r *routes) setLink(mac net.HardwareAddr, mtu int, is6 bool) error {
	head := unix.IfInfomsg{Index: r.index, Flags: unix.IFF_UP, Change: unix.IFF_UP}
	attributes := [][]byte{
		attribute(unix.IFLA_ADDRESS, mac),
		attribute(unix.IFLA_MTU, binary.NativeEndian.AppendUint32(nil, uint32(mtu))),
	}
	if is6 {
		mode := attribute(unix.IFLA_INET6_ADDR_GEN_MODE, []byte{genModeNone})
		attributes = append(attributes, attribute(unix.IFLA_AF_SPEC, attribute(unix.AF_INET6, mode)))
	}
	return r.do("bring the interface up", unix.RTM_NEWLINK, 0, head, attributes...)
}

// genModeNone is IN6_ADDR_GEN_MODE_NONE of if_link.h.
const genModeNone = 1

// addAddress does not ask the wire whether somebody else has the address (nodad).
func (r *routes) addAddress(a netip.Prefix) error {
	return r.address("give the interface "+a.String(), unix.RTM_NEWADDR, unix.NLM_F_CREATE|unix.NLM_F_REPLACE, a)
}

func (r *routes) deleteAddress(a netip.Prefix) error {
	return r.address("take "+a.String()+" from the interface", unix.RTM_DELADDR, 0, a)
}

func (r *routes) address(what string, kind uint16, flags uint16, a netip.Prefix) error {
	head := unix.IfAddrmsg{Family: family(a.Addr()), Prefixlen: uint8(a.Bits()), Flags: unix.IFA_F_NODAD, Index: uint32(r.index)}
	return r.do(what, kind, flags, head, attribute(unix.IFA_LOCAL, a.Addr().AsSlice()), attribute(unix.IFA_ADDRESS, a.Addr().AsSlice()))
}

func (r *routes) setDefault(gateway netip.Addr) error {
	head := unix.RtMsg{
		Family: family(gateway), Table: unix.RT_TABLE_MAIN, Protocol: unix.RTPROT_BOOT, Scope: unix.RT_SCOPE_UNIVERSE, Type: unix.RTN_UNICAST,
	}
	return r.do("route through "+gateway.String(), unix.RTM_NEWROUTE, unix.NLM_F_CREATE|unix.NLM_F_REPLACE, head,
		attribute(unix.RTA_GATEWAY, gateway.AsSlice()), attribute(unix.RTA_OIF, binary.NativeEndian.AppendUint32(nil, uint32(r.index))))
}

func family(a netip.Addr) uint8 {
	if a.Is4() {
		return unix.AF_INET
	}
	return unix.AF_INET6
}

// do makes one request and reads the kernel's answer to it.
func (r *routes) do(what string, kind, flags uint16, head any, attributes ...[]byte) error {
	body, err := binary.Append(nil, binary.NativeEndian, head)
	if err != nil {
		return err
	}
	for _, a := range attributes {
		body = append(body, a...)
	}
	message, err := binary.Append(nil, binary.NativeEndian, unix.NlMsghdr{
		Len: uint32(unix.SizeofNlMsghdr + len(body)), Type: kind, Flags: unix.NLM_F_REQUEST | unix.NLM_F_ACK | flags,
	})
	if err != nil {
		return err
	}
	if err := unix.Sendto(r.socket, append(message, body...), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if err := r.answer(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// answer reads an NLMSG_ERROR, whose number is 0 when all is well.
func (r *routes) answer() error {
	var buf [4096]byte
	n, _, err := unix.Recvfrom(r.socket, buf[:], 0)
	if err != nil {
		return err
	}
	if n < unix.SizeofNlMsghdr+4 || binary.NativeEndian.Uint16(buf[4:]) != unix.NLMSG_ERROR {
		return fmt.Errorf("the kernel gave no proper answer")
	}
	if number := int32(binary.NativeEndian.Uint32(buf[unix.SizeofNlMsghdr:])); number != 0 {
		return syscall.Errno(-number)
	}
	return nil
}

// attribute is one in the form of netlink(7), padded to four bytes.
func attribute(kind uint16, value []byte) []byte {
	a := binary.NativeEndian.AppendUint16(nil, uint16(unix.SizeofRtAttr+len(value)))
	a = append(binary.NativeEndian.AppendUint16(a, kind), value...)
	return append(a, make([]byte, -len(a)&3)...)
}
