package workspace

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"banger/internal/guestlink"
	"banger/internal/problem"
)

// mute takes what is asked for and then says so many words, a minute apart, and nothing more.
type mute struct{ words int }

func (m mute) Stream(context.Context) (net.Conn, error) {
	ours, theirs := net.Pipe()
	go func() {
		var req guestlink.Request
		guestlink.ReadMessage(theirs, &req)
		guestlink.WriteMessage(theirs, guestlink.Response{Tree: &guestlink.Tree{}})
		for range m.words {
			time.Sleep(time.Minute)
			guestlink.WriteFrame(theirs, guestlink.FrameZeroes, []byte{0, 0, 0, 0})
		}
		theirs.Read(make([]byte, 1))
		theirs.Close()
	}()
	return ours, nil
}

func TestSilentGuestIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		_, err := Dir("").Look(t.Context(), mute{words: 10}, "/root/x")
		if problem.CodeOf(err) != problem.Timeout {
			t.Errorf("got %v, want a problem of code timeout", err)
		}
		if took := time.Since(start); took != 10*time.Minute+patience {
			t.Errorf("given up after %v", took)
		}
	})
}

func TestSilentGuestIsLeftWhenTheCallerGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cause := errors.New("gone")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(cause) })
		if _, err := Dir("").Look(ctx, mute{}, "/root/x"); !errors.Is(err, cause) {
			t.Errorf("got %v, want %v", err, cause)
		}
	})
}
