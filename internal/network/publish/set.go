package publish

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
	"sync"

	"banger/internal/network/forward"
	"banger/internal/problem"
)

// Most is how many ports one guest may have published.
const Most = 64

// Published is a port that is.
type Published struct {
	Spec Spec           // as it was asked for
	Addr netip.AddrPort // where it listens
}

// is reports whether it is what a spec asks for.
func (p Published) is(s Spec) bool {
	return p.Spec == s || p.Spec.Guest == s.Guest && p.Addr == s.Host
}

// Set is what is published of one guest. It is empty at first.
type Set struct {
	guest forward.Guest
	admit func(client net.Conn) bool

	mu     sync.Mutex
	all    []entry
	closed bool
}

type entry struct {
	Published
	forward *forward.Forward
}

// NewSet makes one, whose clients admit lets in or not; nil lets in everybody who reaches an address.
func NewSet(guest forward.Guest, admit func(client net.Conn) bool) *Set {
	return &Set{guest: guest, admit: admit}
}

// Publish publishes a port and says where. What is published already stays as it is.
func (s *Set) Publish(spec Spec) (netip.AddrPort, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.IndexFunc(s.all, func(e entry) bool { return e.is(spec) }); i >= 0 {
		return s.all[i].Addr, nil
	}
	if err := s.refuses(spec); err != nil {
		return netip.AddrPort{}, err
	}
	f, err := forward.Listen(forward.Config{Host: spec.Host, Port: spec.Guest, Guest: s.guest, Admit: s.admit})
	if err != nil {
		return netip.AddrPort{}, explain(spec, err)
	}
	s.all = append(s.all, entry{Published{spec, f.Addr()}, f})
	return f.Addr(), nil
}

// refuses says why a spec cannot be added, before it is tried.
func (s *Set) refuses(spec Spec) error {
	i := slices.IndexFunc(s.all, func(e entry) bool { return e.Addr == spec.Host })
	switch {
	case s.closed:
		return problem.New(problem.Conflict, "port %d of the VM cannot be published: its network has ended", spec.Guest)
	case i >= 0:
		return problem.New(problem.Taken, "%s leads to port %d of the VM already", spec.Host, s.all[i].Spec.Guest).
			WithRemedy("unpublish %d first, or use %s for a free port", spec.Host.Port(), spec.anyPort())
	case len(s.all) == Most:
		return problem.New(problem.Exhausted, "%d ports of the VM are published, which is the most", Most).WithRemedy("unpublish one")
	}
	return nil
}

// Unpublish ends all that a text means and tells what that was: a port of the host's, or else of the guest's, or a Spec.
func (s *Set) Unpublish(which string) ([]Published, error) {
	matches, err := meant(which)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, match := range matches {
		if ended := s.end(match); len(ended) > 0 {
			return ended, nil
		}
	}
	return nil, notPublished(which)
}

// Find gives those among specs, of a guest that does not run, that Unpublish would end.
func Find(specs []Spec, which string) (found []Spec, err error) {
	matches, err := meant(which)
	if err != nil {
		return nil, err
	}
	for _, match := range matches {
		for _, spec := range specs {
			if match(Published{spec, spec.Host}) {
				found = append(found, spec)
			}
		}
		if found != nil {
			return found, nil
		}
	}
	return nil, notPublished(which)
}

// meant are the meanings of a text, of which the first that fits anything counts.
func meant(which string) ([]func(Published) bool, error) {
	if n, ok := port(which); ok {
		return []func(Published) bool{
			func(p Published) bool { return p.Addr.Port() == n },
			func(p Published) bool { return p.Spec.Guest == n },
		}, nil
	}
	spec, err := Parse(which)
	return []func(Published) bool{func(p Published) bool { return p.is(spec) }}, err
}

func notPublished(which string) error {
	return problem.New(problem.NotFound, "%s is not published", strconv.QuoteToASCII(which)).WithRemedy("banger vm ports shows what is")
}

// end ends those that match. s.mu is held.
func (s *Set) end(match func(Published) bool) (ended []Published) {
	s.all = slices.DeleteFunc(s.all, func(e entry) bool {
		if !match(e.Published) {
			return false
		}
		e.forward.Close()
		ended = append(ended, e.Published)
		return true
	})
	return ended
}

// List tells what is published, in the order in which it was.
func (s *Set) List() []Published {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Published, len(s.all))
	for i, e := range s.all {
		list[i] = e.Published
	}
	return list
}

// Close ends everything, and nothing can be published after it.
func (s *Set) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.end(func(Published) bool { return true })
}
