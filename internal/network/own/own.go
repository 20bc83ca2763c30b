package own

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"syscall"
)

// Mark marks an address on which this process listens until the mark is closed.
func Mark(at netip.AddrPort) (io.Closer, error) {
	mark, err := net.ListenUnixgram("unixgram", name(at))
	if err != nil {
		return nil, fmt.Errorf("mark %s as banger's own: %w", at, err)
	}
	return mark, nil
}

// Listens reports whether banger listens at a port of 127.0.0.1. What cannot be told counts as if it did.
func Listens(port uint16) bool {
	for _, addr := range []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv4Unspecified(), netip.IPv6Unspecified()} {
		conn, err := net.DialUnix("unixgram", nil, name(netip.AddrPortFrom(addr, port)))
		if err == nil {
			conn.Close()
		}
		if !errors.Is(err, syscall.ECONNREFUSED) {
			return true
		}
	}
	return false
}

func name(at netip.AddrPort) *net.UnixAddr {
	return &net.UnixAddr{Net: "unixgram", Name: "@banger listens at " + at.String()}
}
