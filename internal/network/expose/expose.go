package expose

import (
	"cmp"
	"context"
	"net"
	"net/netip"
	"sync"
	"time"

	"banger/internal/network/forward"
)

// Config is one guest's mirror.
type Config struct {
	Address netip.Addr    // where to listen: an IPv4 address of the host's that nobody else mirrors to
	Guest   forward.Guest // whom to connect to
	// Ports asks on which TCP ports the guest listens so that the network reaches them; order and duplicates do not matter. It returns when
	// ctx ends, which is after ten seconds at the latest.
	Ports func(ctx context.Context) ([]uint16, error)
	Every time.Duration              // from an answer to the next look; 0 means 500 ms
	Limit int                        // how many ports are exposed at most; 0 means 32
	Quiet int                        // for how many looks a port must be free that the host was seen to use; 0 means 60
	Admit func(client net.Conn) bool // whether a client may connect; nil lets everybody who reaches the address
}

// patience is how long the guest may take to answer.
const patience = 10 * time.Second

// Mirror exposes a guest's ports until it is closed.
type Mirror struct {
	config Config
	cancel context.CancelFunc
	work   sync.WaitGroup

	mu       sync.Mutex
	ports    map[uint16]*port              // all on which the guest listens
	exposed  int                           // how many of them are
	draining map[*forward.Forward]struct{} // those of ports that have gone, whose clients have not
}

// New begins to mirror.
func New(config Config) *Mirror {
	config.Every = cmp.Or(config.Every, 500*time.Millisecond)
	config.Limit = cmp.Or(config.Limit, 32)
	config.Quiet = cmp.Or(config.Quiet, 60)
	ctx, cancel := context.WithCancel(context.Background())
	m := &Mirror{config: config, cancel: cancel, ports: map[uint16]*port{}, draining: map[*forward.Forward]struct{}{}}
	m.work.Go(func() { m.run(ctx) })
	return m
}

// Close exposes nothing any more, resets all clients and waits until they are gone.
func (m *Mirror) Close() {
	m.cancel()
	m.work.Wait()
}

func (m *Mirror) run(ctx context.Context) {
	defer m.closeAll()
	for {
		m.look(ctx)
		select {
		case <-time.After(m.config.Every):
		case <-ctx.Done():
			return
		}
	}
}

// drain stops a forward and lets its clients go on. m.mu is held.
func (m *Mirror) drain(f *forward.Forward) {
	f.Stop()
	m.draining[f] = struct{}{}
	m.work.Go(func() {
		f.Wait()
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.draining, f)
	})
}

func (m *Mirror) closeAll() {
	m.mu.Lock()
	var all []*forward.Forward
	for f := range m.draining {
		all = append(all, f)
	}
	for _, p := range m.ports {
		if p.forward != nil {
			all = append(all, p.forward)
		}
	}
	clear(m.ports)
	m.mu.Unlock()
	for _, f := range all {
		f.Close()
	}
}
