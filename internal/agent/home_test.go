package agent

import "testing"

// ready is a System that is asked for nothing else.
type ready struct{ System }

func (ready) Ready() error { return nil }

func TestRelativePathsBeginAtHome(t *testing.T) {
	a := &Agent{sys: ready{}}
	acc, err := guestDatabases.account("")
	if err != nil {
		t.Fatal(err)
	}
	home, err := directory("", acc.home) // the root for those without one
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"x/": home + "/x/", "/x": "/x", ".": home + "/."} {
		if got, err := a.fromHome(path); err != nil || got != want {
			t.Errorf("%q is %q, %v; want %q", path, got, err, want)
		}
	}
}
