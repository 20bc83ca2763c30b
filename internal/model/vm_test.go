package model

import (
	"net/netip"
	"testing"
)

func TestLoopback(t *testing.T) {
	for guest, want := range map[string]netip.Addr{
		"172.16.0.2":    netip.MustParseAddr("127.77.0.2"),
		"172.31.200.54": netip.MustParseAddr("127.77.200.54"),
		"":              {},
		"::1":           {},
		"nowhere":       {},
	} {
		if got := (VMRecord{Runtime: Runtime{GuestIP: guest}}).Loopback(); got != want {
			t.Errorf("%q: %v, want %v", guest, got, want)
		}
	}
}
