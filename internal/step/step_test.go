package step

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// journal records what steps do; a test compares it as one string.
type journal struct{ entries []string }

func (j *journal) String() string { return strings.Join(j.entries, " ") }

// step does "+name" and undoes "-name".
func (j *journal) step(name string) Step {
	return Step{
		Name: name,
		Do:   func(context.Context) error { j.entries = append(j.entries, "+"+name); return nil },
		Undo: func(context.Context) error { j.entries = append(j.entries, "-"+name); return nil },
	}
}

func (j *journal) expect(t *testing.T, want string) {
	t.Helper()
	if j.String() != want {
		t.Errorf("the steps went %q, want %q", j, want)
	}
}

var errFault = errors.New("out of luck")

func TestAllStepsInOrder(t *testing.T) {
	var j journal
	if err := Run(t.Context(), j.step("a"), j.step("b"), Step{Name: "nothing"}, j.step("c")); err != nil {
		t.Error(err)
	}
	j.expect(t, "+a +b +c")
	if err := Run(t.Context()); err != nil {
		t.Errorf("no steps at all: %v", err)
	}
}

func TestFaultAtEachPoint(t *testing.T) {
	for point, want := range map[string]string{
		"a": "-a", "a: done": "+a -a",
		"b": "+a -b -a", "b: done": "+a +b -b -a",
		"c": "+a +b -c -b -a", "c: done": "+a +b +c -c -b -a",
	} {
		t.Run(point, func(t *testing.T) {
			var j journal
			defer SetFault(point, func() error { return errFault })()
			err := Run(t.Context(), j.step("a"), j.step("b"), j.step("c"))
			if name, _, _ := strings.Cut(point, ":"); !errors.Is(err, errFault) || err.Error() != name+": out of luck" {
				t.Errorf("error %v, want that of step %s", err, name)
			}
			j.expect(t, want)
		})
	}
	var j journal
	if err := Run(t.Context(), j.step("a")); err != nil {
		t.Errorf("a fault outlived its test: %v", err)
	}
}

func TestEveryUndoRunsAndErrorsAreJoined(t *testing.T) {
	var j journal
	errA, errC := errors.New("a stays"), errors.New("c stays")
	a, b, c := j.step("a"), j.step("b"), j.step("c")
	a.Undo = func(context.Context) error { return errA }
	b.Undo = func(context.Context) error { panic("b is broken") }
	c.Undo = func(context.Context) error { return errC }
	defer SetFault("d", func() error { return errFault })()
	err := Run(t.Context(), a, b, c, j.step("d"))
	for _, want := range []error{errFault, errA, errC} {
		if !errors.Is(err, want) {
			t.Errorf("error %v does not hold %v", err, want)
		}
	}
	want := `d: out of luck; undoing "c" failed too: c stays; undoing "b" failed too: a defect in banger: b is broken; undoing "a" failed too: a stays`
	if err.Error() != want {
		t.Errorf("error %q\nwant %q", err, want)
	}
}

func TestStepWithoutUndoIsPassedOver(t *testing.T) {
	var j journal
	b := j.step("b")
	b.Undo = nil
	defer SetFault("c", func() error { return errFault })()
	if err := Run(t.Context(), j.step("a"), b, j.step("c")); !errors.Is(err, errFault) {
		t.Errorf("error %v", err)
	}
	j.expect(t, "+a +b -c -a")
}

func TestCancelDuringDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type key struct{}
		var j journal
		reason := errors.New("the client has gone")
		ctx, cancel := context.WithCancelCause(context.WithValue(t.Context(), key{}, "value"))
		a, b := j.step("a"), j.step("b")
		a.Undo = func(ctx context.Context) error {
			deadline, ok := ctx.Deadline()
			if ctx.Err() != nil || !ok || time.Until(deadline) != UndoTimeout || ctx.Value(key{}) != "value" {
				t.Errorf("a is undone with %v, deadline %v, value %v; want a fresh deadline and the old values",
					ctx.Err(), deadline, ctx.Value(key{}))
			}
			return nil
		}
		b.Do = func(ctx context.Context) error { <-ctx.Done(); return context.Cause(ctx) }
		b.Undo = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() } // hangs
		time.AfterFunc(time.Second, func() { cancel(reason) })
		err := Run(ctx, a, b, j.step("c"))
		if !errors.Is(err, reason) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want %v and the hanging undo's", err, reason)
		}
		j.expect(t, "+a")
	})
}

func TestCancelBetweenSteps(t *testing.T) {
	var j journal
	ctx, cancel := context.WithCancel(t.Context())
	a := j.step("a")
	do := a.Do
	a.Do = func(ctx context.Context) error { cancel(); return do(ctx) } // succeeds all the same
	err := Run(ctx, a, j.step("b"))
	if !errors.Is(err, context.Canceled) || !strings.HasPrefix(err.Error(), "b: ") {
		t.Errorf("error %v, want that b was not begun", err)
	}
	j.expect(t, "+a -a") // b was never begun, so there is nothing of it to undo
}

func TestPanicGoesOnWhenAllIsUndone(t *testing.T) {
	var j journal
	b := j.step("b")
	b.Do = func(context.Context) error { panic("oh dear") }
	defer func() {
		if p := recover(); p != "oh dear" {
			t.Errorf("recovered %v, want the panic", p)
		}
		j.expect(t, "+a -b -a")
	}()
	Run(t.Context(), j.step("a"), b)
}

func TestRunTwiceUndoesOnlyItsOwn(t *testing.T) {
	var j journal
	outer := j.step("outer")
	outer.Do = func(ctx context.Context) error { return Run(ctx, j.step("a"), j.step("b")) }
	defer SetFault("last", func() error { return errFault })()
	if err := Run(t.Context(), outer, j.step("last")); !errors.Is(err, errFault) {
		t.Errorf("error %v", err)
	}
	if !slices.Equal(j.entries, []string{"+a", "+b", "-last", "-outer"}) {
		t.Errorf("the steps went %q", j.entries)
	}
}

// What an Undo has left, whatever it says, is told.
func TestWhatIsLeftIsTold(t *testing.T) {
	broken := errors.New("the disk does not answer")
	for name, c := range map[string]struct {
		observe func(context.Context) (bool, error)
		want    string
	}{
		"nothing": {func(context.Context) (bool, error) { return false, nil }, `b: out of luck`},
		"all":     {func(context.Context) (bool, error) { return true, nil }, `b: out of luck; what "a" did is still there`},
		"unknown": {func(context.Context) (bool, error) { return true, broken }, `b: out of luck; whether anything is left of "a" cannot be told: the disk does not answer`},
		"panics":  {func(context.Context) (bool, error) { panic("oh") }, `b: out of luck; whether anything is left of "a" cannot be told: a defect in banger: oh`},
		"hangs": {func(ctx context.Context) (bool, error) { <-ctx.Done(); return false, ctx.Err() },
			`b: out of luck; whether anything is left of "a" cannot be told: context deadline exceeded`},
	} {
		synctest.Test(t, func(t *testing.T) {
			var j journal
			a := j.step("a")
			a.Observe = func(ctx context.Context) (bool, error) {
				j.entries = append(j.entries, "?a")
				return c.observe(ctx)
			}
			if err := Run(t.Context(), a); err != nil {
				t.Error(err)
			}
			defer SetFault("b", func() error { return errFault })()
			if err := Run(t.Context(), a, j.step("b")); err == nil || err.Error() != c.want {
				t.Errorf("%s: error %v, want %s", name, err, c.want)
			}
			j.expect(t, "+a +a -b -a ?a") // the first time all went well, and nobody looked
		})
	}
}

func TestUndoHearsWhy(t *testing.T) {
	var heard []error
	a := Step{Name: "a", Undo: func(ctx context.Context) error { heard = append(heard, Why(ctx)); return nil }}
	defer SetFault("b", func() error { return errFault })()
	err := Run(t.Context(), a, Step{Name: "b"})
	func() {
		defer func() { recover() }()
		Run(t.Context(), a, Step{Name: "c", Do: func(context.Context) error { panic("oh") }})
	}()
	if len(heard) != 2 || !errors.Is(heard[0], errFault) || heard[0].Error() != err.Error() || heard[1] == nil || Why(t.Context()) != nil {
		t.Errorf("it heard %q; the error is %v", heard, err)
	}
}

func TestFaultsAreAskedForAtEveryPoint(t *testing.T) {
	var j journal
	var points []string
	restore := SetFaults(func(point string) error { points = append(points, point); return nil })
	if err := Run(t.Context(), j.step("a"), Step{Name: "nothing"}, j.step("b")); err != nil {
		t.Error(err)
	}
	restore()
	if err := Run(t.Context(), j.step("c")); err != nil {
		t.Error(err)
	}
	if got, want := strings.Join(points, ", "), "a, a: done, nothing, b, b: done"; got != want {
		t.Errorf("points %s, want %s", got, want)
	}
}

func TestExists(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		paths []string
		want  bool
	}{{nil, false}, {[]string{dir + "/a"}, false}, {[]string{dir + "/a", dir}, true}} {
		if got, err := Exists(c.paths...)(t.Context()); got != c.want || err != nil {
			t.Errorf("%q: %v, %v", c.paths, got, err)
		}
	}
	if _, err := Exists(dir + "/\x00")(t.Context()); err == nil {
		t.Error("a path that cannot be looked at is taken for one where nothing is")
	}
}
