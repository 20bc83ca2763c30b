package vm

import (
	"context"
	"errors"
	"strings"
	"testing"

	"banger/internal/model"
	"banger/internal/problem"
	"banger/internal/step"
)

var errFault = errors.New("the fault of this test")

// points are where a start can fail: a call of the machine, or a step.
var points = []string{
	"call disks", "call start", "call configure", "call copy",
	"step make its disks: done", "step start its machine: done", "step configure its guest: done", "step copy file_sync into its guest: done",
	"step write down that it runs", "step write down that it runs: done",
}

// failAt makes f the fault at a point. Calls that undo are not disturbed.
func (b *bench) failAt(point string, f func(context.Context) error) {
	kind, name, _ := strings.Cut(point, " ")
	if kind == "step" {
		b.t.Cleanup(step.SetFault(name, func() error { return f(context.Background()) }))
		return
	}
	b.world.setAt(func(ctx context.Context, call, _ string) error {
		if call == name {
			return f(ctx)
		}
		return nil
	})
}

func TestCreateThatFailsLeavesNothing(t *testing.T) {
	for _, point := range append([]string{"step reserve its name and address", "step reserve its name and address: done"}, points...) {
		t.Run(point, func(t *testing.T) {
			b := newBench(t)
			b.failAt(point, func(context.Context) error { return errFault })
			if _, err := b.Create(t.Context(), ask("web"), nil); !errors.Is(err, errFault) || strings.Contains(err.Error(), "undoing") {
				t.Errorf("Create = %v, want the fault, and no other", err)
			}
			b.mustBeGone()
		})
	}
}

func TestStartThatFailsKeepsTheVM(t *testing.T) {
	for _, point := range points {
		t.Run(point, func(t *testing.T) {
			b := newBench(t)
			r := ask("web")
			r.Start = false
			b.create(r)
			b.failAt(point, func(context.Context) error { return errFault })
			if _, err := b.Start(t.Context(), "web", nil); !errors.Is(err, errFault) {
				t.Errorf("Start = %v, want the fault", err)
			}
			v := b.show("web")
			if running, _ := b.world.double(v.ID).alive(); running {
				t.Error("its machine runs, want it gone")
			}
			if v.State != model.StateError || !strings.Contains(v.Runtime.Reason, errFault.Error()) {
				t.Errorf("state %s, reason %q, want error and the fault", v.State, v.Runtime.Reason)
			}
		})
	}
}

// A VM whose start failed can be started again.
func TestStartAfterAFailure(t *testing.T) {
	for _, point := range points {
		t.Run(point, func(t *testing.T) {
			b := newBench(t)
			r := ask("web")
			r.Start = false
			b.create(r)
			failed := false
			b.failAt(point, func(context.Context) error {
				if failed {
					return nil
				}
				failed = true
				return errFault
			})
			if _, err := b.Start(t.Context(), "web", nil); err == nil {
				t.Fatal("the first start succeeded, want the fault")
			}
			started, err := b.Start(t.Context(), "web", nil)
			if err != nil || started.VM.State != model.StateRunning || started.VM.Runtime.Reason != "" {
				t.Errorf("second start: %v, state %s, reason %q, want a running VM", err, started.VM.State, started.VM.Runtime.Reason)
			}
		})
	}
}

func TestCreateThatIsCancelledLeavesNothing(t *testing.T) {
	for _, point := range points {
		t.Run(point, func(t *testing.T) {
			b := newBench(t)
			ctx, cancel := context.WithCancel(t.Context())
			b.failAt(point, func(at context.Context) error {
				cancel()
				if strings.HasPrefix(point, "call") {
					<-at.Done()
					return at.Err()
				}
				return nil
			})
			_, err := b.Create(ctx, ask("web"), nil)
			if strings.HasSuffix(point, "that it runs: done") {
				if err != nil {
					t.Errorf("Create = %v, want success: it was done when the caller left", err)
				}
				return
			}
			if !errors.Is(err, context.Canceled) {
				t.Errorf("Create = %v, want context.Canceled", err)
			}
			b.mustBeGone()
		})
	}
}

func TestStartThatIsCancelledIsAsBefore(t *testing.T) {
	for _, ran := range []bool{false, true} {
		for _, point := range points[:len(points)-2] {
			t.Run(point, func(t *testing.T) {
				b := newBench(t)
				r := ask("web")
				r.Start = ran
				b.create(r)
				want := model.StateCreated
				if ran {
					want = model.StateStopped
					if _, err := b.Stop(t.Context(), "web", 0); err != nil {
						t.Fatal(err)
					}
				}
				ctx, cancel := context.WithCancel(t.Context())
				b.failAt(point, func(at context.Context) error {
					cancel()
					if strings.HasPrefix(point, "call") {
						<-at.Done()
						return at.Err()
					}
					return nil
				})
				_, err := b.Start(ctx, "web", nil)
				if ran && strings.Contains(point, "disks") && strings.HasPrefix(point, "call") {
					if err != nil {
						t.Errorf("Start = %v, want success: the disks of a VM that has run are not made", err)
					}
					return
				}
				if !errors.Is(err, context.Canceled) {
					t.Errorf("Start = %v, want context.Canceled", err)
				}
				v := b.show("web")
				if v.State != want || v.Runtime.Reason == "" {
					t.Errorf("state %s with reason %q, want %s with one", v.State, v.Runtime.Reason, want)
				}
				if running, _ := b.world.double(v.ID).alive(); running {
					t.Error("its machine runs, want it gone")
				}
			})
		}
	}
}

// Delete can be cut off anywhere, by a fault or by the daemon's death; it is finished later.
func TestDeleteThatIsCutOffIsFinishedByTheNextDaemon(t *testing.T) {
	for _, call := range []string{"kill", "remove"} {
		t.Run(call, func(t *testing.T) {
			b := newBench(t)
			b.create(ask("web"))
			b.failAt("call "+call, func(context.Context) error { return errFault })
			if err := b.Delete(t.Context(), "web", true); !errors.Is(err, errFault) {
				t.Errorf("Delete = %v, want the fault", err)
			}
			if v := b.show("web"); !v.Spec.Ephemeral {
				t.Error("the row does not say that the VM is to go")
			}
			b.world.setAt(nil)
			b.restart()
			b.mustBeGone()
		})
	}
}

func TestStopThatFailsLeavesItRunning(t *testing.T) {
	b := newBench(t)
	v := b.create(ask("web"))
	b.failAt("call poweroff", func(context.Context) error { return errFault })
	if _, err := b.Stop(t.Context(), "web", 0); !errors.Is(err, errFault) {
		t.Errorf("Stop = %v, want the fault", err)
	}
	if got := b.show("web").State; got != model.StateRunning {
		t.Errorf("state %s, want running: its machine does", got)
	}
	// It is still watched.
	b.world.double(v.ID).end(exitOf("poweroff", false))
	b.eventually("stopped", func() bool { return b.show("web").State == model.StateStopped })
}

// A database that cannot be written to costs no machine its watcher and leaves none behind.
func TestRowThatCannotBeWritten(t *testing.T) {
	b := newBench(t)
	refuse := func(state model.State) {
		f := func(vm model.VMRecord) error {
			if vm.State == state {
				return errFault
			}
			return nil
		}
		b.refuse.Store(&f)
	}
	r := ask("web")
	r.Start = false
	v := b.create(r)
	for _, state := range []model.State{model.StateStarting, model.StateRunning} {
		refuse(state)
		if _, err := b.Start(t.Context(), "web", nil); !errors.Is(err, errFault) {
			t.Errorf("start: %v, want the fault", err)
		}
		if running, _ := b.world.double(v.ID).alive(); running {
			t.Errorf("its machine runs, and the row could not say %s", state)
		}
	}
	b.refuse.Store(nil)
	if _, err := b.Start(t.Context(), "web", nil); err != nil {
		t.Fatal(err)
	}
	refuse(model.StateStopping)
	if _, err := b.Stop(t.Context(), "web", 0); !errors.Is(err, errFault) {
		t.Errorf("stop: %v, want the fault", err)
	}
	b.refuse.Store(nil)
	b.world.double(v.ID).end(exitOf("poweroff", false))
	b.eventually("stopped", func() bool { return b.show("web").State == model.StateStopped })
}

func TestStartRefusesWithoutRoom(t *testing.T) {
	b := newBench(t)
	b.free.Store(minFree - 1)
	_, err := b.Create(t.Context(), ask("web"), nil)
	wantCode(t, err, problem.Exhausted)
	b.mustBeGone()
}
