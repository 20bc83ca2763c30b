package stack

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// flow is an open connection, session, or exchange of pings.
type flow struct {
	network  *Network
	number   uint64
	rule     string
	began    time.Time
	cut      func() // closes both sides; may be called often
	idle     *idle  // nil for TCP
	sent     atomic.Int64
	received atomic.Int64

	mu      sync.Mutex
	attempt Attempt // with a greeting, when it was inspected
	reason  error   // why it was cut
}

// moved counts bytes; sent is the guest's to the host.
func (f *flow) moved(sent, received int) {
	f.sent.Add(int64(sent))
	f.received.Add(int64(received))
	f.idle.touch()
}

func (f *flow) asked() Attempt {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.attempt
}

func (f *flow) cutFor(reason error) {
	f.mu.Lock()
	if f.reason == nil {
		f.reason = reason
	}
	f.mu.Unlock()
	f.cut()
}

// flows are those that are open.
type flows struct {
	mu   sync.Mutex
	open map[*flow]struct{}
	last atomic.Uint64 // number of an event
}

func (fs *flows) all() []*flow {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	all := make([]*flow, 0, len(fs.open))
	for f := range fs.open {
		all = append(all, f)
	}
	return all
}

func (fs *flows) add(f *flow) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if fs.open == nil {
		fs.open = map[*flow]struct{}{}
	}
	fs.open[f] = struct{}{}
}

func (fs *flows) remove(f *flow) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	delete(fs.open, f)
}

// begin opens a flow that the policy has allowed, and tells of it. cut must be able to run at once.
func (n *Network) begin(a Attempt, v Verdict, cut func()) *flow {
	f := &flow{network: n, number: n.flows.last.Add(1), rule: v.Rule, began: time.Now(), cut: cut, attempt: a}
	n.flows.add(f)
	n.config.Observe(Event{Kind: Opened, Number: f.number, Time: f.began, Attempt: a, Rule: v.Rule})
	if v.round != n.round.Load() { // the policy has changed while the host connected
		f.recheck()
	}
	if n.ctx.Err() != nil {
		f.cutFor(errClosed)
	}
	return f
}

// refused tells that an open flow is one no longer.
func (f *flow) refused(rule string, why error) {
	f.network.config.Observe(Event{Kind: Refused, Number: f.number, Time: time.Now(), Attempt: f.asked(), Rule: rule, Err: why})
}

// end tells that a flow is over, and why.
func (f *flow) end(err error) {
	f.idle.stop()
	f.network.flows.remove(f)
	f.mu.Lock()
	if f.reason != nil {
		err = f.reason
	}
	f.mu.Unlock()
	if err == errIdle {
		err = nil
	}
	f.network.config.Observe(Event{
		Kind: Closed, Number: f.number, Time: time.Now(), Attempt: f.asked(), Rule: f.rule,
		Sent: f.sent.Load(), Received: f.received.Load(), Duration: time.Since(f.began), Err: err,
	})
}

// tell tells of what did not become a flow.
func (n *Network) tell(kind Kind, a Attempt, rule string, err error) {
	n.config.Observe(Event{Kind: kind, Number: n.flows.last.Add(1), Time: time.Now(), Attempt: a, Rule: rule, Err: err})
}

func (n *Network) cutAll(reason error) {
	for _, f := range n.flows.all() {
		f.cutFor(reason)
	}
}

// Recheck asks the policy again about every connection of the guest, and cuts those that it refuses now, telling
// of each refusal. It is called when the policy has changed; a connection that is just being made is not forgotten.
func (n *Network) Recheck() {
	n.round.Add(1)
	for _, f := range n.flows.all() {
		f.recheck()
	}
}

func (f *flow) recheck() {
	a := f.asked()
	if !a.Destination.IsValid() {
		return // a client of Serve
	}
	if v := f.network.decide(a); !v.Allow {
		f.refused(v.Rule, errNoLonger)
		f.cutFor(errNoLonger)
	}
}

// errNoLonger is why a flow ended that a changed policy does not allow.
var errNoLonger = errors.New("the rules that hold now do not allow it")
