package vm

import (
	"context"
	"errors"
	"sync"
	"testing"

	"banger/internal/problem"
)

func TestLockIsHeldByOne(t *testing.T) {
	l := newLocks(ofVM)
	var inside, most int
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			_, release, err := l.take(t.Context(), "a", ordinary)
			if err != nil {
				t.Error(err)
				return
			}
			defer release()
			mu.Lock()
			inside++
			most = max(most, inside)
			mu.Unlock()
			mu.Lock()
			inside--
			mu.Unlock()
		})
	}
	all.Wait()
	if most != 1 || len(l.byID) != 0 {
		t.Errorf("%d held it at once and %d locks are left, want 1 and none", most, len(l.byID))
	}
}

func TestWaitForALockEndsWithTheContext(t *testing.T) {
	l := newLocks(ofVM)
	_, release, err := l.take(t.Context(), "a", ordinary)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("enough")
	cancel(cause)
	if _, _, err := l.take(ctx, "a", forced); !errors.Is(err, cause) {
		t.Errorf("take = %v, want the cause", err)
	}
	release()
	if len(l.byID) != 0 {
		t.Error("the lock is not forgotten")
	}
}

func TestHolderGivesWayToHigherUrgencyOnly(t *testing.T) {
	for _, c := range []struct {
		holder, waiter urgency
		yields         bool
	}{
		{ordinary, ordinary, false}, {ordinary, stopping, true}, {ordinary, forced, true},
		{stopping, ordinary, false}, {stopping, stopping, false}, {stopping, forced, true},
		{forced, forced, false}, {forced, stopping, false},
	} {
		l := newLocks(ofVM)
		held, release, err := l.take(t.Context(), "a", c.holder)
		if err != nil {
			t.Fatal(err)
		}
		waiting := l.join("a", c.waiter) // what take does before it waits
		if yields := held.Err() != nil; yields != c.yields {
			t.Errorf("holder %d, waiter %d: gives way %v, want %v", c.holder, c.waiter, yields, c.yields)
		}
		if c.yields {
			wantCode(t, becauseOf(held, held.Err()), problem.Canceled)
		}
		release()
		l.leave("a", waiting)
	}
}

// One that gets its turn while somebody of higher urgency waits behind it gives way at once.
func TestTurnBeforeSomebodyUrgent(t *testing.T) {
	l := newLocks(ofVM)
	l.join("a", forced)
	held, release, err := l.take(t.Context(), "a", ordinary)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if held.Err() == nil {
		t.Error("it does not give way")
	}
}
