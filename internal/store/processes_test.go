package store

import (
	"path/filepath"
	"strings"
	"testing"
)

// together runs a helper for each of whats, all at once, on a database with one image, and gives all that they said.
func together(t *testing.T, whats ...string) (*Store, []string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "state.db")
	s := mustOpen(t, path)
	if err := s.UpsertImage(t.Context(), testImage("i", "image")); err != nil {
		t.Fatal(err)
	}
	var others []*process
	for _, what := range whats {
		others = append(others, startProcess(t, what, path))
	}
	for _, p := range others {
		p.begin()
	}
	var said []string
	for _, p := range others {
		said = append(said, p.rest(t)...)
	}
	return s, said
}

func TestProcessesNeverShareAnAddress(t *testing.T) {
	s, said := together(t, "create a", "create b", "create c", "create d")
	seen := map[string]bool{}
	for _, line := range said {
		address := strings.Fields(line)[2]
		if seen[address] {
			t.Errorf("%s was given out twice", address)
		}
		seen[address] = true
	}
	if len(seen) != 200 || !seen["172.16.0.2"] || !seen["172.16.0.201"] {
		t.Errorf("%d addresses, want the lowest 200", len(seen))
	}
	vms, err := s.VMs(t.Context())
	if err != nil || len(vms) != 200 {
		t.Errorf("%d VMs, %v, want 200", len(vms), err)
	}
	for _, vm := range vms {
		delete(seen, vm.Runtime.GuestIP)
	}
	if len(seen) != 0 {
		t.Errorf("in no row: %v", seen)
	}
}

func TestProcessesNeverShareAName(t *testing.T) {
	s, said := together(t, "contest a", "contest b", "contest c", "contest d")
	created := map[string]bool{}
	for _, line := range said {
		if fields := strings.Fields(line); fields[0] == "created" {
			if created[fields[1]] {
				t.Errorf("%s was created twice", fields[1])
			}
			created[fields[1]] = true
		}
	}
	if vms, err := s.VMs(t.Context()); err != nil || len(vms) != 50 || len(created) != 50 || len(said) != 200 {
		t.Errorf("%d VMs, %v, %d created by %d calls, want 50 of 200", len(vms), err, len(created), len(said))
	}
}

func TestKilledWriterLosesNothingItPromised(t *testing.T) {
	for _, after := range []int{1, 7, 30} {
		path := filepath.Join(t.TempDir(), "state.db")
		s := mustOpen(t, path)
		if err := s.UpsertImage(t.Context(), testImage("i", "image")); err != nil {
			t.Fatal(err)
		}
		s.Close()
		p := startProcess(t, "forever", path)
		p.begin()
		var promised []string
		for range after {
			promised = append(promised, p.next())
		}
		p.kill()
		promised = append(promised, p.rest(t)...) // what it could say before the end counts too

		s = mustOpen(t, path)
		if err := s.CheckIntegrity(t.Context()); err != nil {
			t.Error(err)
		}
		for _, line := range promised {
			fields := strings.Fields(line)
			if len(fields) < 3 {
				continue // cut off
			}
			if vm, err := s.VM(t.Context(), fields[1]); err != nil || vm.Runtime.GuestIP != fields[2] {
				t.Errorf("%s: %s, %v", line, vm.Runtime.GuestIP, err)
			}
		}
		vms, err := s.VMs(t.Context())
		if err != nil || len(vms) < after || len(vms) > len(promised)+1 {
			t.Errorf("%d VMs (%v) after %d promises", len(vms), err, len(promised))
		}
		mustCreate(t, s, testVM("next", "next", "i")) // the file can be written
	}
}

func TestLooksBesideAProcessThatOpensAndCloses(t *testing.T) {
	path := sample(t)
	startProcess(t, "churn", path)
	for range 500 {
		s, err := OpenReadOnly(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if vms, err := s.VMs(t.Context()); err != nil || len(vms) < 1 || len(vms) > 2 {
			t.Errorf("%d VMs, %v, want 1 or 2", len(vms), err)
		}
		s.Close()
	}
}

func TestProcessesOpenAtOnce(t *testing.T) {
	for _, path := range []string{filepath.Join(t.TempDir(), "state.db"), baselineFile(t)} {
		var others []*process
		for range 6 {
			others = append(others, launch(t, "open", path))
		}
		for _, p := range others {
			if line := p.next(); line != "ready" {
				t.Errorf("another process says %q", line)
			}
		}
		if state, err := CheckMigrations(t.Context(), path); state != Compatible || err != nil {
			t.Errorf("state %d, %v", state, err)
		}
	}
}
