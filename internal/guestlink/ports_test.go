package guestlink

import (
	"net/netip"
	"testing"
)

func TestReachable(t *testing.T) {
	for port, want := range map[Port]bool{
		{Protocol: "tcp", Address: "0.0.0.0"}:            true,
		{Protocol: "tcp6", Address: "::"}:                true,
		{Protocol: "tcp", Address: "172.16.0.2"}:         true,
		{Protocol: "tcp6", Address: "::ffff:172.16.0.2"}: true,
		{Protocol: "tcp6", Address: "::ffff:0.0.0.0"}:    true,
		{Protocol: "tcp", Address: "127.0.0.1"}:          false,
		{Protocol: "tcp", Address: "127.0.0.53"}:         false,
		{Protocol: "tcp6", Address: "::1"}:               false,
		{Protocol: "tcp6", Address: "::ffff:127.0.0.1"}:  false,
		{Protocol: "tcp", Address: "172.17.0.1"}:         false,
		{Protocol: "tcp6", Address: "fe80::1"}:           false,
		{Protocol: "udp", Address: "0.0.0.0"}:            false,
		{Protocol: "udp6", Address: "::"}:                false,
		{Protocol: "tcp", Address: "0.0.0.0\x1b[2J"}:     false,
		{Protocol: "tcp"}:                                false,
		{}:                                               false,
	} {
		if got := port.Reachable(netip.MustParseAddr("172.16.0.2")); got != want {
			t.Errorf("%+v: %v", port, got)
		}
	}
}
