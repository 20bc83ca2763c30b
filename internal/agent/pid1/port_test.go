package pid1

import (
	"errors"
	"os"
	"testing"
	"time"
)

func TestUeventsHaveADeadline(t *testing.T) {
	events, err := newUevents()
	if err != nil {
		t.Fatal(err)
	}
	defer events.close()
	for err == nil { // the host's own devices may say something
		err = events.wait(10 * time.Millisecond)
	}
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}
