package stack

import (
	"errors"
	"time"
)

// errIdle is what cuts a flow on which nothing moves. It is how such flows end, and no failure.
var errIdle = errors.New("idle")

// idle cuts a flow on which nothing has moved for a while. A nil one never does.
type idle struct {
	timer *time.Timer
	after time.Duration
}

// endWhenIdle is called before anything moves on the flow.
func (f *flow) endWhenIdle(after time.Duration) {
	f.idle = &idle{time.AfterFunc(after, func() { f.cutFor(errIdle) }), after}
}

func (i *idle) touch() {
	if i != nil {
		i.timer.Reset(i.after)
	}
}

func (i *idle) stop() {
	if i != nil {
		i.timer.Stop()
	}
}
