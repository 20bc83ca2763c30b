package store

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"banger/internal/model"
	"banger/internal/problem"
)

func TestImageKeepsEveryField(t *testing.T) {
	s := newStore(t)
	full, bare := testImage("full", "full"), model.Image{ID: "bare", Name: "bare", CreatedAt: clock(9), UpdatedAt: clock(9)}
	for _, want := range []model.Image{full, bare} {
		if err := s.UpsertImage(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		byID, err := s.Image(t.Context(), want.ID)
		if err != nil || byID != want {
			t.Errorf("by id: %+v, %v\nwant %+v", byID, err, want)
		}
		if byName, err := s.ImageByName(t.Context(), want.Name); err != nil || byName != want {
			t.Errorf("by name: %+v, %v", byName, err)
		}
	}
	nulls := rawTexts(t, s.read, "SELECT id FROM images WHERE work_seed_path IS NULL AND seeded_ssh_public_key_fingerprint IS NULL")
	if len(nulls) != 1 || nulls[0] != "bare" {
		t.Errorf("NULL stands for absent in %v, want in bare alone", nulls)
	}
}

func TestImageUpsertChangesAllButIDAndCreation(t *testing.T) {
	s := newStore(t)
	if err := s.UpsertImage(t.Context(), testImage("i", "image")); err != nil {
		t.Fatal(err)
	}
	changed := model.Image{
		ID: "i", Name: "renamed", ArtifactDir: "a", RootfsPath: "b", KernelPath: "c", InitrdPath: "d", ModulesDir: "e", BuildSize: "f",
		CreatedAt: clock(50), UpdatedAt: clock(51),
	}
	if err := s.UpsertImage(t.Context(), changed); err != nil {
		t.Fatal(err)
	}
	want := changed
	want.CreatedAt = clock(1)
	if got, err := s.Image(t.Context(), "i"); err != nil || got != want {
		t.Errorf("%+v, %v\nwant %+v", got, err, want)
	}
}

func TestImagesAreListedOldestFirst(t *testing.T) {
	s := newStore(t)
	for i, second := range []int{7, 3, 5, 3} {
		image := testImage(fmt.Sprint("id", i), fmt.Sprint("name", i))
		image.CreatedAt = clock(second)
		if err := s.UpsertImage(t.Context(), image); err != nil {
			t.Fatal(err)
		}
	}
	images, err := s.Images(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, i := range images {
		ids = append(ids, i.ID)
	}
	if got := strings.Join(ids, " "); got != "id1 id3 id2 id0" {
		t.Errorf("order %s", got)
	}
}

func TestNamesOfImagesAreTaken(t *testing.T) {
	s := withImage(t)
	expectCode(t, s.UpsertImage(t.Context(), testImage("j", "image")), problem.Taken)
	if err := s.UpsertImage(t.Context(), testImage("j", "other")); err != nil {
		t.Fatal(err)
	}
	expectCode(t, s.UpsertImage(t.Context(), testImage("j", "image")), problem.Taken)
	if err := s.UpsertImage(t.Context(), testImage("i", "image")); err != nil {
		t.Errorf("its own name: %v", err)
	}
}

func TestMissingImage(t *testing.T) {
	s := withImage(t)
	_, byID := s.Image(t.Context(), "image")      // a name is no id
	_, byName := s.ImageByName(t.Context(), "im") // nor a prefix a name
	for what, err := range map[string]error{"Image": byID, "ImageByName": byName, "DeleteImage": s.DeleteImage(t.Context(), "none")} {
		if !errors.Is(err, ErrNotFound) || problem.CodeOf(err) != problem.NotFound || problem.RemedyOf(err) == "" {
			t.Errorf("%s: %v with code %s", what, err, problem.CodeOf(err))
		}
	}
}

func TestImageInUseStays(t *testing.T) {
	s := withImage(t)
	for n := range 12 {
		mustCreate(t, s, testVM(fmt.Sprint("vm", n), fmt.Sprintf("vm-%02d", n), "i"))
	}
	err := s.DeleteImage(t.Context(), "i")
	expectCode(t, err, problem.Conflict)
	if err != nil && !strings.Contains(err.Error(), "vm-00, vm-01") || !strings.Contains(err.Error(), "2 more") {
		t.Errorf("error %q, want it to name the VMs", err)
	}
	for n := range 12 {
		if err := s.DeleteVM(t.Context(), fmt.Sprint("vm", n)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.DeleteImage(t.Context(), "i"); err != nil {
		t.Fatal(err)
	}
	if images, err := s.Images(t.Context()); err != nil || len(images) != 0 {
		t.Errorf("left: %v, %v", images, err)
	}
}

func TestForeignKeysHold(t *testing.T) { // beneath the checks above
	s := withImage(t)
	mustCreate(t, s, testVM("vm", "vm", "i"))
	if _, err := s.write.Exec("DELETE FROM images"); err == nil {
		t.Error("an image in use was deleted")
	}
	if _, err := s.write.Exec("UPDATE vms SET image_id = 'none'"); err == nil {
		t.Error("a VM got an image that does not exist")
	}
}

func TestTimesAreStoredInUTCAndWholeSeconds(t *testing.T) {
	s := newStore(t)
	image := testImage("i", "image")
	image.CreatedAt = time.Date(2026, 1, 2, 3, 4, 5, 678_900_000, time.FixedZone("", -5*3600))
	if err := s.UpsertImage(t.Context(), image); err != nil {
		t.Fatal(err)
	}
	if got := rawTexts(t, s.read, "SELECT created_at FROM images")[0]; got != "2026-01-02T08:04:05Z" {
		t.Errorf("stored as %s", got)
	}
	got, err := s.Image(t.Context(), "i")
	if want := time.Date(2026, 1, 2, 8, 4, 5, 0, time.UTC); err != nil || got.CreatedAt != want {
		t.Errorf("read as %v, %v, want %v", got.CreatedAt, err, want)
	}
}
