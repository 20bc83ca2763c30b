package machine_test

import (
	"os"
	"path/filepath"
	"testing"

	"banger/internal/machine"
)

// A replacement that was cut off after its first disk is undone by nothing, and finished by whatever uses the disks next.
func TestReplacementCutOff(t *testing.T) {
	for what, use := range map[string]func(*testing.T, *machine.Machine) error{
		"copy":  func(t *testing.T, m *machine.Machine) error { return m.CopyDisks(t.Context(), t.TempDir()) },
		"stage": func(t *testing.T, m *machine.Machine) error { return m.StageDisks(t.Context(), m.Dir()) },
		"start": func(t *testing.T, m *machine.Machine) error { _, err := m.Start(t.Context(), launch(t)); return err },
	} {
		t.Run(what, func(t *testing.T) {
			m := newMachine(t)
			for name, content := range map[string]string{
				"system.ext4": "new", "work.ext4": "old", "work.ext4.restored": "new", "replacing": "",
			} {
				if err := os.WriteFile(filepath.Join(m.Dir(), name), []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if err := m.DropStaged(); err != nil {
				t.Fatal(err)
			}
			if err := use(t, m); err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"system.ext4", "work.ext4"} {
				got, err := os.ReadFile(filepath.Join(m.Dir(), name))
				if err != nil || string(got) != "new" {
					t.Errorf("%s is %q, %v, want the new one", name, got, err)
				}
			}
			if _, err := os.Lstat(filepath.Join(m.Dir(), "replacing")); err == nil {
				t.Error("the replacement is not finished")
			}
		})
	}
}

// What was staged and not begun to be put in place goes without a trace.
func TestDropStaged(t *testing.T) {
	m := newMachine(t)
	if err := m.StageDisks(t.Context(), m.Dir()); err != nil {
		t.Fatal(err)
	}
	staged := filepath.Join(m.Dir(), "*.restored")
	if left, err := filepath.Glob(staged); err != nil || len(left) != 2 {
		t.Fatalf("staged are %v, %v, want two disks", left, err)
	}
	if is, err := m.Staged(); !is || err != nil {
		t.Errorf("seen as staged: %v, %v", is, err)
	}
	if err := m.DropStaged(); err != nil {
		t.Fatal(err)
	}
	if left, err := filepath.Glob(staged); err != nil || len(left) != 0 {
		t.Errorf("left are %v, %v", left, err)
	}
	if is, err := m.Staged(); is || err != nil {
		t.Errorf("seen as staged: %v, %v", is, err)
	}
}
