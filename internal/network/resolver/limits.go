package resolver

import "time"

// What one VM may take of the host's memory, and of its DNS servers' time.
const (
	queriesPerSecond = 100
	queriesAtOnce    = 1000 // a burst, such as npm's; what is beyond gets no answer, and the guest's resolver waits and asks again
	maxForwards      = 64   // under way outside; others wait
	maxQuery         = 4096 // bytes
	maxChain         = 16   // CNAMEs
	maxRecords       = 100  // of one answer; a guest has no use for more addresses
	maxOpened        = 4096 // pairs of name and address in the table
	maxCached        = 512  // answers
	maxCachedSize    = udpSize
	maxStray         = 16 // messages of an upstream's that are no answer to the query, before it is given up
)

// udpSize is the most bytes that go into one UDP message, here and outside: it needs no fragments anywhere (DNS flag day 2020).
const udpSize = 1232

// How long things last.
const (
	openFloor   = time.Minute // a guest may use an address as long after it asked, however short the answer lives
	maxTTL      = time.Hour   // a longer one is cut: what is remembered here should follow the world
	negativeTTL = time.Minute // the most for "there is none"
	hostTTL     = time.Minute
)

// patience is how long upstreams are waited for.
type patience struct {
	attempt time.Duration // one server, once
	query   time.Duration // all servers, twice
}
