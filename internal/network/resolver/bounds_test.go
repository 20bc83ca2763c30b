package resolver

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/miekg/dns"
)

func numbered(n int) netip.Addr {
	return netip.AddrFrom4([4]byte{1, byte(n >> 16), byte(n >> 8), byte(n)})
}

func (t *table) count() (pairs int) {
	for _, names := range t.addrs {
		pairs += len(names)
	}
	return pairs
}

func TestTableIsBounded(t *testing.T) {
	var tab table
	start := time.Now()
	for n := range 3 * maxOpened {
		tab.open("a.example", numbered(n), start.Add(time.Duration(n+1)*time.Hour), start)
		tab.open("a.example", numbered(n), start, start) // shortens nothing
		if got := tab.count(); got != tab.pairs || got > maxOpened {
			t.Fatalf("holds %d pairs, counts %d", got, tab.pairs)
		}
	}
	if len(tab.names(numbered(3*maxOpened-1), start)) != 1 || len(tab.names(numbered(0), start)) != 0 {
		t.Error("what is over last was taken out before what is over first")
	}
	if tab.pairs < maxOpened/2 {
		t.Errorf("%d pairs are left", tab.pairs)
	}
	end := start.Add(4 * maxOpened * time.Hour)
	for n := range maxOpened {
		tab.open("b.example", numbered(n), end.Add(time.Hour), end)
	}
	if got := tab.count(); got != maxOpened || len(tab.names(numbered(0), end)) != 1 {
		t.Errorf("%d pairs, want what is over gone and %d new ones", got, maxOpened)
	}
}

func TestNamesOfOneAddress(t *testing.T) {
	var tab table
	now := time.Now()
	tab.open("b.example", numbered(1), now.Add(time.Hour), now)
	tab.open("a.example", numbered(1), now.Add(time.Minute), now)
	if got := fmt.Sprint(tab.names(numbered(1), now)); got != "[a.example b.example]" {
		t.Errorf("got %s", got)
	}
	tab.open("a.example", numbered(1), now.Add(3*time.Hour), now)
	if got := fmt.Sprint(tab.names(numbered(1), now.Add(2*time.Hour))); got != "[a.example]" {
		t.Errorf("two hours later: %s", got)
	}
}

func TestCacheIsBounded(t *testing.T) {
	var c cache
	now := time.Now()
	for n := range 3 * maxCached {
		c.put(question{fmt.Sprint(n), dns.TypeA}, answer{until: now.Add(time.Duration(n+1) * time.Second)}, now)
		if len(c.answers) > maxCached {
			t.Fatalf("holds %d answers", len(c.answers))
		}
	}
	if _, ok := c.get(question{fmt.Sprint(3*maxCached - 1), dns.TypeA}, now); !ok {
		t.Error("the answer that lives longest is gone")
	}
	if _, ok := c.get(question{"0", dns.TypeA}, now); ok {
		t.Error("the answer that is over first is there")
	}
	var long []dns.RR
	for range 100 {
		rr, _ := dns.NewRR("a.example. 60 IN A 1.2.3.4")
		long = append(long, rr)
	}
	c.put(question{"long", dns.TypeA}, answer{records: long, until: now.Add(time.Hour)}, now)
	if _, ok := c.get(question{"long", dns.TypeA}, now); ok {
		t.Error("a long answer is kept")
	}
}
