package resolver

import (
	"maps"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// table remembers which names led to which addresses, and until when that counts. The zero value is empty.
type table struct {
	mu    sync.Mutex
	pairs int
	addrs map[netip.Addr]map[string]time.Time
}

// open notes that name led to addr. What is there longer already stays so.
func (t *table) open(name string, addr netip.Addr, until, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if last, known := t.addrs[addr][name]; known {
		if until.After(last) {
			t.addrs[addr][name] = until
		}
		return
	}
	if t.pairs >= maxOpened {
		t.evict(now)
	}
	if t.addrs == nil {
		t.addrs = map[netip.Addr]map[string]time.Time{}
	}
	if t.addrs[addr] == nil {
		t.addrs[addr] = map[string]time.Time{}
	}
	t.addrs[addr][name] = until
	t.pairs++
}

func (t *table) names(addr netip.Addr, now time.Time) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var names []string
	for name, until := range t.addrs[addr] {
		if now.Before(until) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// evict takes out what is over; of a table that is full even so, what is over first.
func (t *table) evict(now time.Time) {
	t.drop(now)
	if t.pairs < maxOpened {
		return
	}
	untils := make([]time.Time, 0, t.pairs)
	for _, names := range t.addrs {
		untils = slices.AppendSeq(untils, maps.Values(names))
	}
	t.drop(cutoff(untils))
}

func (t *table) drop(until time.Time) {
	for addr, names := range t.addrs {
		before := len(names)
		maps.DeleteFunc(names, func(_ string, last time.Time) bool { return !last.After(until) })
		t.pairs -= before - len(names)
		if len(names) == 0 {
			delete(t.addrs, addr)
		}
	}
}
