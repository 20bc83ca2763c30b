package store

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"banger/internal/model"
	"banger/internal/problem"
)

func snapshotOf(id, name, image string) model.Snapshot {
	return model.Snapshot{
		ID: id, Name: name, VMID: "vm", VMName: "web", ImageID: image, Memory: true, Engine: "emulated", KernelSum: "abc",
		Spec: model.Spec{VCPU: 2, Env: map[string]string{"A": "1"}}, CreatedAt: time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC),
	}
}

func TestSnapshots(t *testing.T) {
	s := mustOpen(t, filepath.Join(t.TempDir(), "state.db"))
	defer s.Close()
	if err := s.UpsertImage(t.Context(), model.Image{ID: "img", Name: "img"}); err != nil {
		t.Fatal(err)
	}
	first, second := snapshotOf("1", "first", "img"), snapshotOf("2", "second", "img")
	second.CreatedAt = second.CreatedAt.Add(time.Second)
	for _, snap := range []model.Snapshot{second, first} {
		if err := s.CreateSnapshot(t.Context(), snap); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := s.Snapshots(t.Context()); err != nil || !reflect.DeepEqual(got, []model.Snapshot{first, second}) {
		t.Errorf("got %+v, %v", got, err)
	}
	tie := snapshotOf("0", "tie", "img")
	if err := s.CreateSnapshot(t.Context(), tie); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Snapshots(t.Context()); err != nil || len(got) != 3 || got[0].ID != "0" || got[1].ID != "1" {
		t.Errorf("two of one moment are not ordered by id: %+v, %v", got, err)
	}
	if err := s.DeleteSnapshot(t.Context(), "0"); err != nil {
		t.Fatal(err)
	}
	if got, err := s.SnapshotByName(t.Context(), "first"); err != nil || !reflect.DeepEqual(got, first) {
		t.Errorf("got %+v, %v", got, err)
	}
	for name, c := range map[string]struct {
		snap model.Snapshot
		code problem.Code
	}{
		"a name that is taken": {snapshotOf("3", "first", "img"), problem.Taken},
		"no such image":        {snapshotOf("4", "fourth", "other"), problem.NotFound},
	} {
		if err := s.CreateSnapshot(t.Context(), c.snap); problem.CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := s.DeleteImage(t.Context(), "img"); problem.CodeOf(err) != problem.Conflict || !strings.Contains(err.Error(), "first, second") {
		t.Errorf("an image that snapshots use: %v", err)
	}
	for _, id := range []string{"1", "2"} {
		if err := s.DeleteSnapshot(t.Context(), id); err != nil {
			t.Error(err)
		}
	}
	if err := s.DeleteSnapshot(t.Context(), "1"); problem.CodeOf(err) != problem.NotFound {
		t.Errorf("deleted twice: %v", err)
	}
	if _, err := s.SnapshotByName(t.Context(), "first"); problem.CodeOf(err) != problem.NotFound {
		t.Errorf("after its deletion: %v", err)
	}
	if err := s.DeleteImage(t.Context(), "img"); err != nil {
		t.Error(err)
	}
}
