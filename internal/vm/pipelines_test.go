package vm

import (
	"fmt"
	"strings"
	"testing"

	"banger/internal/model"
	"banger/internal/step/steptest"
)

// Wherever a verb fails, nothing is half done, and it can be done again.
func TestEveryVerbFailsAtEveryPoint(t *testing.T) {
	for name, verb := range verbs {
		t.Run(name, func(t *testing.T) {
			steptest.Fail(t, func(t *testing.T) steptest.Case {
				b := newBench(t)
				if verb.ready != nil {
					verb.ready(b)
				}
				before := b.names()
				return steptest.Case{
					Do:   func() error { return verb.do(b) },
					Done: func() { verb.done(b) },
					Failed: func() {
						b.mustAgree()
						if strings.HasPrefix(name, "create") {
							b.mustBeGone()
						}
						if strings.HasPrefix(name, "snapshot") {
							b.mustHaveKept(before...)
						}
					},
				}
			})
		})
	}
}

// Wherever a daemon dies, the next one leaves nothing half done, and can do it again.
func TestTheDaemonDiesAtEveryPointOfEveryVerb(t *testing.T) {
	for name, verb := range verbs {
		t.Run(name, func(t *testing.T) {
			for at, died := 0, true; died; at++ {
				died = false
				t.Run(fmt.Sprint(at), func(t *testing.T) {
					b := newBench(t)
					if verb.ready != nil {
						verb.ready(b)
					}
					var bury func()
					if died, bury = b.dieAt(int64(at), func() error { return verb.do(b) }); !died {
						return
					}
					defer bury()
					b.restart()
					b.sweep()
					b.mustAgree()
					if strings.Contains(b.log.String(), "level=ERROR") {
						t.Errorf("log: %s", &b.log)
					}
					if err := unlessTaken(verb.do(b)); err != nil {
						t.Errorf("done again: %v", err)
					}
					if !strings.HasPrefix(name, "create") && name != "fork" { // a VM that was not up yet is there, and not started
						verb.done(b)
					}
					b.mustAgree()
				})
			}
		})
	}
}

// What an earlier daemon has left is dealt with by the next one, or by the one after that, wherever that fails or dies.
func TestReconcileFailsAtEveryPoint(t *testing.T) {
	for name, c := range map[string]struct {
		state          model.State
		alive          bool
		ran, ephemeral bool
	}{
		"running":       {state: model.StateRunning, alive: true, ran: true},
		"running, dead": {state: model.StateRunning, ran: true},
		"rm, dead":      {state: model.StateRunning, ran: true, ephemeral: true},
		"first start":   {state: model.StateStarting, alive: true},
		"later start":   {state: model.StateStarting, alive: true, ran: true},
		"stopping":      {state: model.StateStopping, alive: true, ran: true},
		"rm, stopping":  {state: model.StateStopping, alive: true, ran: true, ephemeral: true},
	} {
		t.Run(name, func(t *testing.T) {
			left := func(t *testing.T) (b *bench, finish func() error) {
				b = newBench(t)
				record := b.rowOf(c.state, c.ephemeral, c.ran)
				d := b.world.double(record.ID)
				d.files, d.running, d.over = true, c.alive, make(chan struct{})
				return b, func() error {
					now, err := b.current(t.Context(), record)
					if err != nil || !now.State.Live() && !now.Spec.Ephemeral {
						return unlessGone(err)
					}
					held, release, err := b.locks.take(t.Context(), record.ID, ordinary)
					if err != nil {
						return err
					}
					defer release()
					return b.finish(held, &now)
				}
			}
			steptest.Fail(t, func(t *testing.T) steptest.Case {
				b, finish := left(t)
				return steptest.Case{Do: finish, Failed: func() {}, Done: b.mustAgree}
			})
			for at, died := 0, true; died; at++ {
				died = false
				t.Run(fmt.Sprint(at), func(t *testing.T) {
					b, finish := left(t)
					var bury func()
					if died, bury = b.dieAt(int64(at), finish); died {
						defer bury()
						b.restart()
						b.mustAgree()
					}
				})
			}
		})
	}
}
