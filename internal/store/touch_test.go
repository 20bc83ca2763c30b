package store

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"banger/internal/model"
)

func TestTouchingChangesOneTime(t *testing.T) {
	s := withImage(t)
	want := mustCreate(t, s, testVM("a", "a", "i")) // touched at second 5
	if _, err := s.write.Exec("UPDATE vms SET spec_json = json_set(spec_json, '$.newer', 7)"); err != nil {
		t.Fatal(err)
	}
	for at, then := range map[int]int{4: 5, 5: 5, 9: 9} {
		want.LastTouchedAt = clock(5)
		if err := s.UpsertVM(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		if err := s.TouchVM(t.Context(), "a", clock(at).In(time.FixedZone("", 3600)).Add(999*time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		want.LastTouchedAt = clock(then)
		if got, err := s.VM(t.Context(), "a"); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("touched at %d: %+v, %v\nwant %+v", at, got, err, want)
		}
		if got := rawTexts(t, s.read, "SELECT last_touched_at || (spec_json ->> 'newer') FROM vms")[0]; got != formatTime(clock(then))+"7" {
			t.Errorf("stored as %s", got)
		}
	}
	if err := s.TouchVM(t.Context(), "none", clock(9)); !errors.Is(err, ErrNotFound) {
		t.Errorf("no such VM: %v", err)
	}
}

func TestLoadOfVMs(t *testing.T) {
	s := withImage(t)
	for n, state := range []model.State{"created", "starting", "running", "paused", "stopping", "stopped", "error"} {
		vm := testVM(string(state), string(state), "i")
		vm.State, vm.Spec.MemoryMiB = state, 1<<n
		mustCreate(t, s, vm)
	}
	for but, want := range map[string]Load{"": {7, 2 + 4 + 8 + 16}, "running": {6, 2 + 8 + 16}, "stopped": {6, 2 + 4 + 8 + 16}} {
		if got, err := s.VMLoad(t.Context(), but); err != nil || got != want {
			t.Errorf("without %q: %+v, %v, want %+v", but, got, err, want)
		}
	}
	if _, err := s.write.Exec("UPDATE vms SET spec_json = '{' WHERE id = 'running'"); err != nil {
		t.Fatal(err)
	}
	if got, err := s.VMLoad(t.Context(), ""); err != nil || got != (Load{7, 2 + 8 + 16}) {
		t.Errorf("beside a damaged record: %+v, %v", got, err)
	}
	if got, err := newStore(t).VMLoad(t.Context(), ""); err != nil || got != (Load{}) {
		t.Errorf("of none: %+v, %v", got, err)
	}
}
