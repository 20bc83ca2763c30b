package resolver

import (
	"maps"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// answer is what a guest is told, apart from what it asked.
type answer struct {
	rcode   int
	records []dns.RR
	soa     []dns.RR // for "there is none"
	ede     *dns.EDNS0_EDE
	since   time.Time
	until   time.Time // it may be told again until then
}

// at is the answer as it is told at a later time: its records have less to live. The records are copies.
func (a answer) at(now time.Time) answer {
	a.records, a.soa = aged(a.records, now.Sub(a.since)), aged(a.soa, now.Sub(a.since))
	return a
}

func aged(records []dns.RR, age time.Duration) []dns.RR {
	older := make([]dns.RR, len(records))
	for i, rr := range records {
		older[i] = dns.Copy(rr)
		older[i].Header().Ttl -= min(rr.Header().Ttl, uint32(max(age, 0)/time.Second))
	}
	return older
}

// question is a name, normalised, and a type.
type question struct {
	name  string
	qtype uint16
}

// cache keeps answers for as long as they live. The zero value is empty.
type cache struct {
	mu      sync.Mutex
	answers map[question]answer
}

func (c *cache) get(q question, now time.Time) (answer, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a, ok := c.answers[q]
	return a, ok && now.Before(a.until)
}

func (c *cache) put(q question, a answer, now time.Time) {
	if size := (&dns.Msg{Answer: a.records, Ns: a.soa}).Len(); !now.Before(a.until) || size > maxCachedSize {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.answers == nil {
		c.answers = map[question]answer{}
	}
	if len(c.answers) >= maxCached {
		c.evict(now)
	}
	c.answers[q] = a
}

func (c *cache) evict(now time.Time) {
	c.drop(now)
	if len(c.answers) < maxCached {
		return
	}
	untils := make([]time.Time, 0, len(c.answers))
	for _, a := range c.answers {
		untils = append(untils, a.until)
	}
	c.drop(cutoff(untils))
}

func (c *cache) drop(until time.Time) {
	maps.DeleteFunc(c.answers, func(_ question, a answer) bool { return !a.until.After(until) })
}
