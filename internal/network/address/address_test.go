package address

import (
	"net"
	"net/netip"
	"slices"
	"testing"
)

func TestEnds(t *testing.T) {
	a, err := Of(netip.MustParseAddr("172.16.0.2"))
	want := Ends{
		Guest4: netip.MustParseAddr("172.16.0.2"), Gateway4: netip.MustParseAddr("172.16.0.1"),
		Guest6: netip.MustParseAddr("fd62:6e67:7200:1000::2"), Gateway6: netip.MustParseAddr("fd62:6e67:7200:1000::1"),
		GuestMAC: net.HardwareAddr{0x52, 0x54, 172, 16, 0, 2}, GatewayMAC: net.HardwareAddr{0x52, 0x54, 172, 16, 0, 1},
	}
	if err != nil || a.Guest4 != want.Guest4 || a.Gateway4 != want.Gateway4 || a.Guest6 != want.Guest6 || a.Gateway6 != want.Gateway6 ||
		!slices.Equal(a.GuestMAC, want.GuestMAC) || !slices.Equal(a.GatewayMAC, want.GatewayMAC) {
		t.Errorf("%+v, %v", a, err)
	}
	for _, bad := range []string{"172.16.0.1", "172.16.0.0", "172.16.0.255", "fd00::2", "::ffff:172.16.0.2"} {
		if a, err := Of(netip.MustParseAddr(bad)); err == nil {
			t.Errorf("%s: %+v", bad, a)
		}
	}
}
