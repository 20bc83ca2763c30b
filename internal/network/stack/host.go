package stack

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"
)

// Host is the Dialer of real use: the host's own sockets. Its connections of "ping" are the kernel's unprivileged ping
// sockets (ping_group_range of icmp(7)), which put their own id into what is written.
type Host struct{ net.Dialer }

// DialContext implements Dialer.
func (h Host) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if network != string(Ping) {
		return h.Dialer.DialContext(ctx, network, address)
	}
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, err
	}
	c, err := pingSocket(to.Addr())
	if err != nil {
		return nil, fmt.Errorf("ping %s from this host: %w (sysctl net.ipv4.ping_group_range says who may)", to.Addr(), err)
	}
	return c, nil
}

func pingSocket(to netip.Addr) (net.Conn, error) {
	family, protocol := unix.AF_INET, unix.IPPROTO_ICMP
	var peer unix.Sockaddr = &unix.SockaddrInet4{Addr: [4]byte(to.AsSlice()[:4])}
	if to.Is6() {
		family, protocol = unix.AF_INET6, unix.IPPROTO_ICMPV6
		peer = &unix.SockaddrInet6{Addr: to.As16()}
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, protocol)
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(fd), "ping")
	defer file.Close()
	if err := unix.Connect(fd, peer); err != nil {
		return nil, err
	}
	return net.FileConn(file)
}
