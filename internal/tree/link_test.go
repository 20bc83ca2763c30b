package tree

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCheckLink(t *testing.T) {
	for _, tc := range []struct {
		path, target string
		passes       bool
	}{
		{"l", "a", true},
		{"l", "a/b", true},
		{"l", ".", true},
		{"l", "./a//b/", true},
		{"l", "..", false},
		{"l", "../l", false},
		{"l", "a/..", false},
		{"l", "./..", false},
		{"a/l", "..", true},
		{"a/l", "../b", true},
		{"a/l", "./../b", true},
		{"a/l", "../..", false},
		{"a/b/l", "../../c", true},
		{"a/b/l", "../../../c", false},
		{"a/b/l", "../c/../d", false},
		{"l", "", false},
		{"l", "/", false},
		{"l", "/etc/passwd", false},
		{"l", "a\x00", false},
		{"l", ".git", false},
		{"l", ".git/config", false},
		{"a/l", "../.GIT/config", false},
		{"l", "a/.git", false},
		{"l", ".gitignore", true},
		{"l", "...", true},
		{"l", "a\\..\\..", true},
	} {
		if err := CheckLink(tc.path, tc.target); (err == nil) != tc.passes {
			t.Errorf("%q -> %q: %v", tc.path, tc.target, err)
		}
	}
}

// targets are all of up to so many steps, two or three.
func targets(most int) (all []string) {
	steps := []string{".", "..", "a", "b", "l", "m"}
	for _, x := range steps {
		all = append(all, x, "/"+x)
		for _, y := range steps {
			all = append(all, x+"/"+y)
			for _, z := range steps[:len(steps)*(most-2)] {
				all = append(all, x+"/"+y+"/"+z)
			}
		}
	}
	return all
}

// TestNoChainOfLinksLeadsOut makes every pair of links, in folders of different depths, on a real disk.
func TestNoChainOfLinksLeadsOut(t *testing.T) {
	outer, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(outer, "a/b/root") // what is outside has the same names
	if err := os.MkdirAll(filepath.Join(root, "a/b"), 0o755); err != nil {
		t.Fatal(err)
	}
	places := []string{"l", "a/l", "a/b/m"}
	ends, out := 0, 0
	for i, one := range places {
		for _, two := range places[i+1:] {
			for _, t1 := range targets(2) {
				link(t, root, one, t1)
				for _, t2 := range targets(2) {
					passed := CheckLink(one, t1) == nil && CheckLink(two, t2) == nil
					link(t, root, two, t2)
					switch left := leaves(root, one) || leaves(root, two); {
					case left && passed:
						t.Fatalf("%s -> %s and %s -> %s lead out", one, t1, two, t2)
					case left:
						out++
					default:
						ends++
					}
				}
			}
			os.Remove(filepath.Join(root, one))
			os.Remove(filepath.Join(root, two))
		}
	}
	if ends == 0 || out == 0 {
		t.Errorf("%d pairs stay and %d that did not pass lead out: nothing was tested", ends, out)
	}
}

// TestLongerChains does so with four links and targets that are picked by number.
func TestLongerChains(t *testing.T) {
	outer, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(outer, "root")
	if err := os.MkdirAll(filepath.Join(root, "a/b"), 0o755); err != nil {
		t.Fatal(err)
	}
	places := []string{"l", "m", "a/l", "a/b/m"}
	passing := map[string][]string{}
	for _, place := range places {
		for _, target := range targets(3) {
			if CheckLink(place, target) == nil {
				passing[place] = append(passing[place], target)
			}
		}
	}
	for n := range 1000 {
		var made []string
		for i, place := range places {
			target := passing[place][(n*(2*i+1)*31+n/7)%len(passing[place])]
			made = append(made, fmt.Sprintf("%s -> %s", place, target))
			link(t, root, place, target)
		}
		for _, place := range places {
			if leaves(root, place) {
				t.Fatalf("%s leads out: %q", place, made)
			}
		}
	}
}

func link(t *testing.T, root, place, target string) {
	t.Helper()
	path := filepath.Join(root, place)
	os.Remove(path)
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}

// leaves reports whether a link leads to something that is not in root. One that leads nowhere does not.
func leaves(root, place string) bool {
	end, err := filepath.EvalSymlinks(filepath.Join(root, place))
	return err == nil && end != root && !strings.HasPrefix(end, root+"/")
}
