package vm

import (
	"context"
	"errors"
	"sync"

	"banger/internal/problem"
)

// urgency says who gives way to whom over one VM: the holder of its lock is
// cancelled as soon as somebody of higher urgency waits.
type urgency int

const (
	ordinary urgency = iota // create, start, delete without force, what a watcher does
	stopping                // stop
	forced                  // kill, delete with force
	urgencies
)

// kind is that of a lock. Whoever holds one may take those of later kinds only, so that no two wait for each other.
type kind int

const (
	ofDisks     kind = 1 + iota // a VM's disks are copied, or are going to be written to or removed
	ofVM                        // a VM changes
	ofWorkspace                 // files of its workspace pass, or are going to be removed
)

// locks is one lock of a kind for each VM, by id. Waiting for one ends with the context.
type locks struct {
	kind kind
	mu   sync.Mutex
	byID map[string]*lock
}

type lock struct {
	turn    chan struct{} // holds one token while the lock is free
	users   int           // holder and waiters; the entry goes away with the last
	waiting [urgencies]int
	holder  urgency
	yield   context.CancelCauseFunc // cancels what the holder does; nil while the lock is free
}

func newLocks(k kind) *locks { return &locks{kind: k, byID: make(map[string]*lock)} }

// heldKey is the key, in the context of a holder, of the kind that it took last.
type heldKey struct{}

// take waits for the lock of id. What the holder does it does with the context that
// take returns; release gives the lock back.
func (l *locks) take(ctx context.Context, id string, u urgency) (held context.Context, release func(), err error) {
	if last, _ := ctx.Value(heldKey{}).(kind); last >= l.kind {
		return nil, nil, problem.New(problem.Internal, "a defect in banger: a lock of kind %d was asked for by the holder of one of kind %d", l.kind, last)
	}
	k := l.join(id, u)
	select {
	case <-k.turn:
	case <-ctx.Done():
		l.mu.Lock()
		defer l.mu.Unlock()
		k.waiting[u]--
		l.leave(id, k)
		return nil, nil, context.Cause(ctx)
	}
	held, yield := context.WithCancelCause(context.WithValue(ctx, heldKey{}, l.kind))
	l.mu.Lock()
	defer l.mu.Unlock()
	k.waiting[u]--
	k.holder, k.yield = u, yield
	k.press()
	return held, func() { l.release(id, k) }, nil
}

var errReleased = errors.New("the lock was given back")

func (l *locks) release(id string, k *lock) {
	l.mu.Lock()
	defer l.mu.Unlock()
	k.yield(errReleased)
	k.yield = nil
	k.turn <- struct{}{}
	l.leave(id, k)
}

func (l *locks) join(id string, u urgency) *lock {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := l.byID[id]
	if k == nil {
		k = &lock{turn: make(chan struct{}, 1)}
		k.turn <- struct{}{}
		l.byID[id] = k
	}
	k.users++
	k.waiting[u]++
	k.press()
	return k
}

// press makes the holder give way if somebody of higher urgency waits.
func (k *lock) press() {
	if k.yield == nil {
		return
	}
	for u := k.holder + 1; u < urgencies; u++ {
		if k.waiting[u] > 0 {
			k.yield(problem.New(problem.Canceled, "it was given up because the VM was asked to %s", u))
		}
	}
}

// leave forgets a lock that nobody uses; l.mu is held.
func (l *locks) leave(id string, k *lock) {
	if k.users--; k.users == 0 {
		delete(l.byID, id)
	}
}

func (u urgency) String() string {
	if u == stopping {
		return "stop"
	}
	return "end at once"
}

// becauseOf is err, or, when ctx is of a holder who had to give way, who wanted it to.
func becauseOf(ctx context.Context, err error) error {
	if cause, ok := errors.AsType[*problem.Error](context.Cause(ctx)); ok && err != nil {
		return cause
	}
	return err
}
