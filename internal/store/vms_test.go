package store

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"banger/internal/model"
	"banger/internal/problem"
)

func TestVMKeepsEveryField(t *testing.T) {
	s := withImage(t)
	full := testVM("full", "full", "i")
	full.Runtime.GuestIP = "172.16.0.9"
	bare := model.VMRecord{ID: "bare", Name: "bare", ImageID: "i", State: model.StateCreated, CreatedAt: clock(9), UpdatedAt: clock(9), LastTouchedAt: clock(9)}
	for _, want := range []model.VMRecord{full, bare} {
		if err := s.UpsertVM(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		for _, find := range []func() (model.VMRecord, error){
			func() (model.VMRecord, error) { return s.VM(t.Context(), want.ID) },
			func() (model.VMRecord, error) { return s.VMByName(t.Context(), want.Name) },
			func() (model.VMRecord, error) { return s.VMByIDOrName(t.Context(), want.Name) },
		} {
			if got, err := find(); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%+v, %v\nwant %+v", got, err, want)
			}
		}
	}
	if got := rawTexts(t, s.read, "SELECT guest_ip FROM vms WHERE id = 'full'")[0]; got != "172.16.0.9" {
		t.Errorf("the column guest_ip holds %s", got)
	}
}

func TestVMUpsertChangesAllButIDAndCreation(t *testing.T) {
	s := withImage(t)
	if err := s.UpsertImage(t.Context(), testImage("j", "other")); err != nil {
		t.Fatal(err)
	}
	mustCreate(t, s, testVM("vm", "vm", "i"))
	changed := model.VMRecord{
		ID: "vm", Name: "renamed", ImageID: "j", State: model.StateRunning, CreatedAt: clock(50), UpdatedAt: clock(51), LastTouchedAt: clock(52),
		Spec: model.Spec{VCPU: 8}, Runtime: model.Runtime{GuestIP: "172.20.0.2"},
	}
	if err := s.UpsertVM(t.Context(), changed); err != nil {
		t.Fatal(err)
	}
	want := changed
	want.CreatedAt = clock(3)
	if got, err := s.VM(t.Context(), "vm"); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v\nwant %+v", got, err, want)
	}
	if got := rawTexts(t, s.read, "SELECT guest_ip FROM vms")[0]; got != "172.20.0.2" {
		t.Errorf("the column guest_ip holds %s", got)
	}
}

func TestEveryStateIsStoredAndNoOther(t *testing.T) {
	s := withImage(t)
	vm := mustCreate(t, s, testVM("vm", "vm", "i"))
	for _, state := range []model.State{"created", "starting", "running", "paused", "stopping", "stopped", "error"} {
		vm.State = state
		if err := s.UpsertVM(t.Context(), vm); err != nil {
			t.Error(err)
		}
		if got, err := s.VM(t.Context(), "vm"); err != nil || got.State != state {
			t.Errorf("state %q, %v, want %q", got.State, err, state)
		}
	}
	for _, state := range []model.State{"", "Running", "suspended"} {
		vm.State = state
		if err := s.UpsertVM(t.Context(), vm); err == nil {
			t.Errorf("state %q was stored", state)
		}
		other := testVM("other", "other", "i")
		other.State = state
		if _, err := s.CreateVM(t.Context(), other, subnet); err == nil {
			t.Errorf("a VM was created in state %q", state)
		}
	}
	if got, err := s.VM(t.Context(), "vm"); err != nil || got.State != "error" {
		t.Errorf("state %q, %v after what was refused", got.State, err)
	}
}

func TestFindingVMs(t *testing.T) {
	s := withImage(t)
	mustCreate(t, s, testVM("abcdef", "web", "i"))
	mustCreate(t, s, testVM("123456", "web-2", "i"))
	mustCreate(t, s, testVM("777777", "abcdef", "i")) // named like another's id
	for name, c := range map[string]struct {
		got  func() (model.VMRecord, error)
		want string
	}{
		"by id":                          {func() (model.VMRecord, error) { return s.VM(t.Context(), "123456") }, "123456"},
		"a name is no id":                {func() (model.VMRecord, error) { return s.VM(t.Context(), "web") }, ""},
		"by name":                        {func() (model.VMRecord, error) { return s.VMByName(t.Context(), "web") }, "abcdef"},
		"a prefix is no name":            {func() (model.VMRecord, error) { return s.VMByName(t.Context(), "we") }, ""},
		"case matters":                   {func() (model.VMRecord, error) { return s.VMByName(t.Context(), "WEB") }, ""},
		"no pattern":                     {func() (model.VMRecord, error) { return s.VMByName(t.Context(), "web%") }, ""},
		"no SQL":                         {func() (model.VMRecord, error) { return s.VMByIDOrName(t.Context(), "' OR 1=1 --") }, ""},
		"an id is no name":               {func() (model.VMRecord, error) { return s.VMByName(t.Context(), "123456") }, ""},
		"either, by id":                  {func() (model.VMRecord, error) { return s.VMByIDOrName(t.Context(), "123456") }, "123456"},
		"either, by name":                {func() (model.VMRecord, error) { return s.VMByIDOrName(t.Context(), "web-2") }, "123456"},
		"either, an id counts more":      {func() (model.VMRecord, error) { return s.VMByIDOrName(t.Context(), "abcdef") }, "abcdef"},
		"either, a prefix of an id":      {func() (model.VMRecord, error) { return s.VMByIDOrName(t.Context(), "1234") }, ""},
		"by name, like another's id":     {func() (model.VMRecord, error) { return s.VMByName(t.Context(), "abcdef") }, "777777"},
		"either, empty":                  {func() (model.VMRecord, error) { return s.VMByIDOrName(t.Context(), "") }, ""},
		"either, with a zero byte in it": {func() (model.VMRecord, error) { return s.VMByIDOrName(t.Context(), "web\x00") }, ""},
	} {
		got, err := c.got()
		switch {
		case c.want == "" && (!errors.Is(err, ErrNotFound) || problem.CodeOf(err) != problem.NotFound):
			t.Errorf("%s: %v, want not found", name, err)
		case c.want != "" && (err != nil || got.ID != c.want):
			t.Errorf("%s: %q, %v, want %q", name, got.ID, err, c.want)
		}
	}
}

func TestVMsAreListedOldestFirst(t *testing.T) {
	s := withImage(t)
	if err := s.UpsertImage(t.Context(), testImage("j", "other")); err != nil {
		t.Fatal(err)
	}
	for n, second := range []int{7, 3, 5, 3} {
		vm := testVM(fmt.Sprint("id", n), fmt.Sprint("name", n), []string{"i", "j"}[n%2])
		vm.CreatedAt = clock(second)
		mustCreate(t, s, vm)
	}
	for want, list := range map[string]func() ([]model.VMRecord, error){
		"id1 id3 id2 id0": func() ([]model.VMRecord, error) { return s.VMs(t.Context()) },
		"id1 id3":         func() ([]model.VMRecord, error) { return s.VMsUsingImage(t.Context(), "j") },
		"":                func() ([]model.VMRecord, error) { return s.VMsUsingImage(t.Context(), "none") },
	} {
		vms, err := list()
		var ids []string
		for _, vm := range vms {
			ids = append(ids, vm.ID)
		}
		if got := strings.Join(ids, " "); err != nil || got != want {
			t.Errorf("order %q, %v, want %q", got, err, want)
		}
	}
}

func TestVMNeedsAFreeNameAndAnImage(t *testing.T) {
	s := withImage(t)
	mustCreate(t, s, testVM("a", "web", "i"))
	mustCreate(t, s, testVM("b", "other", "i"))
	expectCode(t, s.UpsertVM(t.Context(), testVM("b", "web", "i")), problem.Taken)
	expectCode(t, s.UpsertVM(t.Context(), testVM("c", "web", "i")), problem.Taken)
	expectCode(t, s.UpsertVM(t.Context(), testVM("c", "new", "none")), problem.NotFound)
	_, err := s.CreateVM(t.Context(), testVM("c", "new", "none"), subnet)
	expectCode(t, err, problem.NotFound)
	if vms, err := s.VMs(t.Context()); err != nil || len(vms) != 2 {
		t.Errorf("%d VMs, %v", len(vms), err)
	}
}

func TestDeletedVMIsGone(t *testing.T) {
	s := withImage(t)
	first := mustCreate(t, s, testVM("a", "web", "i"))
	if err := s.DeleteVM(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.VM(t.Context(), "a"); !errors.Is(err, ErrNotFound) {
		t.Errorf("after Delete: %v", err)
	}
	if err := s.DeleteVM(t.Context(), "a"); !errors.Is(err, ErrNotFound) {
		t.Errorf("second Delete: %v", err)
	}
	if again := mustCreate(t, s, testVM("b", "web", "i")); again.Runtime.GuestIP != first.Runtime.GuestIP {
		t.Errorf("address %s, want the freed %s", again.Runtime.GuestIP, first.Runtime.GuestIP)
	}
}

func TestTimesOfARunAreStoredInWholeSeconds(t *testing.T) {
	s := withImage(t)
	vm := testVM("a", "web", "i")
	vm.Runtime.StartedAt = time.Date(2026, 1, 2, 3, 4, 5, 6, time.FixedZone("", 3600))
	vm.Runtime.StoppedAt = time.Time{}
	created := mustCreate(t, s, vm)
	got, err := s.VM(t.Context(), "a")
	if err != nil || !reflect.DeepEqual(got, created) {
		t.Errorf("%+v, %v\nwant what CreateVM returned: %+v", got, err, created)
	}
	if err := s.UpsertVM(t.Context(), vm); err != nil {
		t.Fatal(err)
	}
	got, err = s.VM(t.Context(), "a")
	if want := time.Date(2026, 1, 2, 2, 4, 5, 0, time.UTC); err != nil || got.Runtime.StartedAt != want || !got.Runtime.StoppedAt.IsZero() {
		t.Errorf("started %v, stopped %v", got.Runtime.StartedAt, got.Runtime.StoppedAt)
	}
	if text := rawTexts(t, s.read, "SELECT runtime_json FROM vms")[0]; !strings.Contains(text, `"2026-01-02T02:04:05Z"`) || strings.Contains(text, "stopped_at") {
		t.Errorf("stored as %s", text)
	}
}
