package resolver

import (
	"context"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"banger/internal/network/policy"
)

// Config is what a Resolver is made of. All functions must be there, and may be called by many goroutines at once.
type Config struct {
	Policy    policy.Policy
	Host      func() policy.Host                                                             // as it is now; asked for every answer with addresses
	Upstreams func() []netip.AddrPort                                                        // the host's DNS servers, in order; asked for every query that goes outside
	Dial      func(ctx context.Context, network string, to netip.AddrPort) (net.Conn, error) // udp or tcp
	Report    func(Refusal)                                                                  // is told what the guest did not get; must not block
}

// Refusal is something that a guest asked for and did not get.
type Refusal struct {
	Name     string // as asked, printable; empty when the query could not be read
	Type     string // A, AAAA, ...; may be empty
	Decision policy.Decision
}

// What refuses a query apart from the policy's rules.
const (
	RuleRate      = "dns-rate"      // too many queries
	RuleMalformed = "dns-malformed" // no query at all
	RuleType      = "dns-type"      // a type, class or operation that guests have no use for
	RuleUpstream  = "dns-upstream"  // no DNS server of the host's gave an answer
)

// Resolver is one VM's. Its methods may be called by many goroutines at once.
type Resolver struct {
	config   Config
	ruling   atomic.Pointer[ruling]
	table    table
	queries  *rate.Limiter
	notices  *rate.Limiter // of there being too many queries
	forwards chan struct{} // holds one for each query that is under way outside
	patience patience
	now      func() time.Time
}

// ruling is a policy with the answers that were given under it.
type ruling struct {
	policy policy.Policy
	cache  cache
}

// New makes a VM's resolver. It has nothing to be closed.
func New(config Config) *Resolver {
	r := &Resolver{
		config:   config,
		queries:  rate.NewLimiter(queriesPerSecond, queriesAtOnce),
		notices:  rate.NewLimiter(1, 1),
		forwards: make(chan struct{}, maxForwards),
		patience: patience{attempt: 2 * time.Second, query: 8 * time.Second},
		now:      time.Now,
	}
	r.SetPolicy(config.Policy)
	return r
}

// SetPolicy has another policy decide from now on. The table of names stays: it says what happened, not what may be.
func (r *Resolver) SetPolicy(p policy.Policy) { r.ruling.Store(&ruling{policy: p}) }

// Names are the names whose answers led the guest to an address, and still count; in order.
func (r *Resolver) Names(addr netip.Addr) []string { return r.table.names(addr.Unmap(), r.now()) }

func (r *Resolver) refuse(name, kind string, d policy.Decision) {
	r.config.Report(Refusal{Name: name, Type: kind, Decision: d})
}
