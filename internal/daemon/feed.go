package daemon

import (
	"sync"
	"time"

	"banger/api"
)

// feedBacklog is how many events wait for one subscriber; one that lets more wait is given up.
const feedBacklog = 256

// feed tells of what happens to any number of subscribers. Nobody who tells waits for them.
type feed struct {
	mu          sync.Mutex
	last        int64
	subscribers map[chan api.Event]bool
}

// tell numbers an event and passes it on.
func (f *feed) tell(e api.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last++
	e.ID, e.Time = f.last, time.Now().UTC()
	for c := range f.subscribers {
		select {
		case c <- e:
		default:
			f.drop(c)
		}
	}
}

// subscribe gives the events from now on. The channel is closed when its reader is too slow.
func (f *feed) subscribe() (events <-chan api.Event, stop func()) {
	c := make(chan api.Event, feedBacklog)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.subscribers == nil {
		f.subscribers = make(map[chan api.Event]bool)
	}
	f.subscribers[c] = true
	return c, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.drop(c)
	}
}

func (f *feed) drop(c chan api.Event) {
	if f.subscribers[c] {
		delete(f.subscribers, c)
		close(c)
	}
}
