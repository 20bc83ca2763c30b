package initramfs

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

func pathOf(t *testing.T, c Cache, agent []byte, modules []Module) string {
	t.Helper()
	path, err := c.Path(agent, modules)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func entries(t *testing.T, c Cache) int {
	t.Helper()
	list, err := os.ReadDir(string(c))
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

func TestCacheKeepsOneFileForOneContent(t *testing.T) {
	c := Cache(filepath.Join(t.TempDir(), "initramfs"))
	first := pathOf(t, c, testAgent, testModules)
	got, err := os.ReadFile(first)
	if err != nil || !bytes.Equal(got, archiveOf(t, testAgent, testModules)) {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
	before, err := os.Stat(first)
	if err != nil || before.Mode() != 0o444 {
		t.Errorf("got %v, %v; want -r--r--r--", before.Mode(), err)
	}
	again := pathOf(t, c, bytes.Clone(testAgent), testModules)
	after, err := os.Stat(again)
	if err != nil || again != first || !os.SameFile(before, after) {
		t.Errorf("the same content was written twice: %s, %s, %v", first, again, err)
	}
	seen := map[string]bool{first: true}
	for _, other := range []struct {
		agent   []byte
		modules []Module
	}{
		{[]byte("another"), testModules},
		{testAgent, testModules[:2]},
		{testAgent, []Module{testModules[1], testModules[0], testModules[2]}},
		{testAgent, []Module{{"virtio_rin", []byte("gring")}, testModules[1], testModules[2]}},
		{testAgent, nil},
	} {
		path := pathOf(t, c, other.agent, other.modules)
		if seen[path] {
			t.Errorf("%q and %q share a name with something else", other.agent, other.modules)
		}
		seen[path] = true
	}
	if n := entries(t, c); n != len(seen) {
		t.Errorf("%d files for %d contents", n, len(seen))
	}
}

func TestCacheWithManyWriters(t *testing.T) {
	c := Cache(t.TempDir())
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			path, err := c.Path(testAgent, testModules)
			if err != nil {
				t.Error(err)
				return
			}
			if b, err := os.ReadFile(path); err != nil || !bytes.Equal(b, archiveOf(t, testAgent, testModules)) {
				t.Errorf("%d bytes, %v", len(b), err)
			}
		})
	}
	wg.Wait()
	if n := entries(t, c); n != 1 {
		t.Errorf("%d files, want 1", n)
	}
}

func TestCacheForgetsTheLeastRecentlyUsed(t *testing.T) {
	c := Cache(t.TempDir())
	hoursAgo := func(path string, n int) {
		then := time.Now().Add(-time.Duration(n) * time.Hour)
		if err := os.Chtimes(path, then, then); err != nil {
			t.Fatal(err)
		}
	}
	left := filepath.Join(string(c), ".1.tmp") // by a crash
	if err := os.WriteFile(left, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	hoursAgo(left, 100)
	paths := make([]string, 20)
	for i := range paths {
		paths[i] = pathOf(t, c, fmt.Append(nil, "agent", i), nil)
	}
	for i, path := range paths {
		hoursAgo(path, 50-i)
	}
	pathOf(t, c, []byte("agent0"), nil) // used again
	pathOf(t, c, testAgent, nil)
	if n := entries(t, c); n != kept {
		t.Errorf("%d files, want %d", n, kept)
	}
	for i, want := range map[int]bool{0: true, 1: false, 13: false, 14: true, 19: true} {
		if _, err := os.Stat(paths[i]); (err == nil) != want {
			t.Errorf("archive %d: %v, want it kept: %v", i, err, want)
		}
	}
	for i := range 20 { // all just used: none may go
		pathOf(t, c, fmt.Append(nil, "fresh", i), nil)
	}
	if n := entries(t, c); n < 20 {
		t.Errorf("%d files: archives in use were removed", n)
	}
}

func TestCacheFailureLeavesNothing(t *testing.T) {
	c := Cache(t.TempDir())
	if _, err := c.Path(testAgent, make([]Module, maxModules+1)); err == nil {
		t.Error("an impossible archive was made")
	}
	if n := entries(t, c); n != 0 {
		t.Errorf("%d files left", n)
	}
	file := filepath.Join(string(c), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Cache(file).Path(testAgent, nil); err == nil {
		t.Error("a file was taken for a folder")
	}
}

func BenchmarkPath(b *testing.B) {
	c := Cache(b.TempDir())
	agent := make([]byte, 5<<20)
	modules := []Module{{"overlay", make([]byte, 650<<10)}}
	for b.Loop() {
		if _, err := c.Path(agent, modules); err != nil {
			b.Fatal(err)
		}
	}
}
