package store

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"banger/internal/model"
	"banger/internal/problem"
)

func TestUnknownFieldsSurviveARewrite(t *testing.T) {
	s := mustOpen(t, baselineFile(t))
	vm, err := s.VM(t.Context(), "vm-b")
	if err != nil {
		t.Fatal(err)
	}
	vm.Spec.VCPU, vm.Spec.MemoryMiB = 1, 256
	vm.Runtime.Reason = "" // a field that this version knows is cleared for good
	for range 2 {
		if err := s.UpsertVM(t.Context(), vm); err != nil {
			t.Fatal(err)
		}
	}
	spec := rawTexts(t, s.read, "SELECT spec_json FROM vms WHERE id = 'vm-b'")[0]
	if want := `"nested":{"deep":[1,{"x":12345678901234567890}]}`; !strings.Contains(spec, want) || !strings.Contains(spec, `"vcpu":1`) {
		t.Errorf("spec %s, want %s in it and the new size", spec, want)
	}
	runtime := rawTexts(t, s.read, "SELECT runtime_json FROM vms WHERE id = 'vm-b'")[0]
	if !strings.Contains(runtime, `"tap":"tap7"`) || strings.Contains(runtime, "because") {
		t.Errorf("runtime %s", runtime)
	}
	if !strings.Contains(runtime, `"guest_ip":"172.16.0.3"`) {
		t.Errorf("runtime %s, want the address that stood in the column alone", runtime)
	}
	other, err := s.VM(t.Context(), "vm-a")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.UpsertVM(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	if stats := rawTexts(t, s.read, "SELECT stats_json FROM vms WHERE id = 'vm-a'")[0]; !strings.Contains(stats, `"cpu_percent":1.5`) {
		t.Errorf("stats %s", stats)
	}
}

func TestAddressInTheJSONCountsMore(t *testing.T) {
	s := withImage(t)
	mustCreate(t, s, testVM("a", "a", "i"))
	if _, err := s.write.Exec("UPDATE vms SET guest_ip = '172.16.9.9'"); err != nil {
		t.Fatal(err)
	}
	if vm, err := s.VM(t.Context(), "a"); err != nil || vm.Runtime.GuestIP != "172.16.0.2" {
		t.Errorf("address %s, %v", vm.Runtime.GuestIP, err)
	}
	if _, err := s.write.Exec("UPDATE vms SET runtime_json = '{}'"); err != nil {
		t.Fatal(err)
	}
	if vm, err := s.VM(t.Context(), "a"); err != nil || vm.Runtime.GuestIP != "172.16.9.9" {
		t.Errorf("address %s, %v", vm.Runtime.GuestIP, err)
	}
}

func TestDamagedRowIsNamedAndNeverOverwritten(t *testing.T) {
	for column, text := range map[string]string{
		"spec_json": "{", "runtime_json": "[]", "stats_json": "7", "created_at": "yesterday", "last_touched_at": "2026-01-02",
	} {
		s := withImage(t)
		vm := mustCreate(t, s, testVM("a", "web", "i"))
		if _, err := s.write.Exec("UPDATE vms SET "+column+" = ?", text); err != nil {
			t.Fatal(err)
		}
		_, err := s.VM(t.Context(), "a")
		_, listErr := s.VMs(t.Context())
		for _, err := range []error{err, listErr} {
			expectCode(t, err, problem.Damaged)
			if err != nil && (!strings.Contains(err.Error(), `VM "web"`) || strings.Contains(err.Error(), "Scan")) {
				t.Errorf("%s: %v", column, err)
			}
		}
		if strings.HasSuffix(column, "_json") {
			expectCode(t, s.UpsertVM(t.Context(), vm), problem.Damaged)
		}
		if got := rawTexts(t, s.read, "SELECT "+column+" FROM vms")[0]; got != text {
			t.Errorf("%s now holds %q", column, got)
		}
		if err := s.DeleteVM(t.Context(), "a"); err != nil { // by id it can go all the same
			t.Error(err)
		}
	}
}

func TestMerge(t *testing.T) {
	type record struct {
		A int    `json:"a"`
		B string `json:"b,omitempty"`
	}
	for _, c := range []struct{ stored, want string }{
		{"", `{"a":1}`},
		{"{}", `{"a":1}`},
		{"null", `{"a":1}`},
		{`{"a":5,"b":"gone","c":[1, 2],"":0}`, `{"":0,"a":1,"c":[1,2]}`},
		{`{"c":1e400,"d":"\u00e9<"}`, `{"a":1,"c":1e400,"d":"\u00e9\u003c"}`},
	} {
		if got, err := merge(c.stored, record{A: 1}); err != nil || got != c.want {
			t.Errorf("merge(%s) = %s, %v, want %s", c.stored, got, err, c.want)
		}
	}
	for _, broken := range []string{"{", "[]", "7", `"x"`} {
		if got, err := merge(broken, record{}); err == nil {
			t.Errorf("merge(%s) = %s, want an error", broken, got)
		}
	}
}

// TestRecordsAreFlat guards merge, which keeps unknown fields of the outermost object
// only: a struct inside a record would lose those of its own.
func TestRecordsAreFlat(t *testing.T) {
	for _, record := range []any{model.Spec{}, model.Runtime{}, model.Stats{}} {
		typ := reflect.TypeOf(record)
		for i := range typ.NumField() {
			field := typ.Field(i)
			inner := field.Type
			for inner.Kind() == reflect.Pointer || inner.Kind() == reflect.Slice || inner.Kind() == reflect.Map {
				inner = inner.Elem()
			}
			if inner.Kind() == reflect.Struct && inner != reflect.TypeFor[time.Time]() {
				t.Errorf("%s.%s holds a struct: teach merge to go into it", typ.Name(), field.Name)
			}
			if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name == "" || name == "-" {
				t.Errorf("%s.%s has no JSON name", typ.Name(), field.Name)
			}
		}
	}
}
