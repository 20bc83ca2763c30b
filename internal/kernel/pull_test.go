package kernel

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"banger/internal/problem"
	"banger/internal/progress"
)

func TestPull(t *testing.T) {
	a := newArchive(t, goodFiles())
	s := a.store(t)
	var phases []string
	k, err := s.Pull(t.Context(), "mine", false, func(e progress.Event) {
		if !slices.Contains(phases, e.Phase) {
			phases = append(phases, e.Phase)
		}
	})
	must(t, err)
	checkGood(t, k)
	if k.Source != "apt:linux-image-"+testRelease || k.Version != "6.1.0-1" {
		t.Errorf("source %q, version %q", k.Source, k.Version)
	}
	pkg := "package linux-image-" + testRelease
	if want := []string{"read the package lists", "fetch " + pkg, "unpack " + pkg, "unpack kernel mine"}; !slices.Equal(phases, want) {
		t.Errorf("phases %q, want %q", phases, want)
	}
	nothingLeft(t, s.dir, "mine")
	nothingOfApt(t, s)

	asked := a.requests.Load()
	again, err := s.Pull(t.Context(), "mine", false, nil)
	if err != nil || again.Created != k.Created || a.requests.Load() != asked {
		t.Errorf("a kernel that is there: got %+v, %v, after %d requests", again, err, a.requests.Load()-asked)
	}
}

func TestPullForceTakesTheNewestAndReplacesADamagedOne(t *testing.T) {
	a := newArchive(t, goodFiles())
	s := a.store(t)
	k, err := s.Pull(t.Context(), "mine", false, nil)
	must(t, err)
	must(t, rewrite(k.VMLinux(), "ten bytes!"))
	_, err = s.Pull(t.Context(), "mine", false, nil)
	wantProblem(t, err, problem.Damaged, "vmlinux", "banger kernel pull --force mine")
	a.publish("6.1.0-2", goodFiles())
	k, err = s.Pull(t.Context(), "mine", true, nil)
	must(t, err)
	checkGood(t, k)
	if k.Version != "6.1.0-2" {
		t.Errorf("got version %s", k.Version)
	}
	nothingLeft(t, s.dir, "mine")

	must(t, os.WriteFile(filepath.Join(k.Dir, "notes.txt"), nil, 0o600))
	_, err = s.Pull(t.Context(), "mine", true, nil)
	wantProblem(t, err, problem.Conflict, "notes.txt")
}

func TestPullsOfOneNameAreOne(t *testing.T) {
	a := newArchive(t, goodFiles())
	s := a.store(t)
	var alone int32
	{
		_, err := s.Pull(t.Context(), "first", false, nil)
		must(t, err)
		alone = a.requests.Load()
	}
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			k, err := s.Pull(t.Context(), "second", false, nil)
			if err != nil || k.Release != testRelease {
				t.Errorf("got %+v, %v", k, err)
			}
		})
	}
	wg.Wait()
	if got := a.requests.Load() - alone; got != alone {
		t.Errorf("five pulls asked the archive %d times, one %d times", got, alone)
	}
	nothingLeft(t, s.dir, "first", "second")
}

func TestPullFailures(t *testing.T) {
	for name, c := range map[string]struct {
		hurt  func(*debArchive)
		code  problem.Code
		words []string
	}{
		"no archive there": {func(a *debArchive) { a.Close() }, problem.Unavailable, []string{"package lists cannot be fetched", "127.0.0.1"}},
		"no such package": {func(a *debArchive) { a.publishIndex("") }, problem.Unavailable,
			[]string{"no package " + cloudKernel}},
		"a package that is gone": {func(a *debArchive) { a.drop("linux-image-" + testRelease) }, problem.Unavailable,
			[]string{"linux-image-" + testRelease + " cannot be fetched", "404"}},
		"a package changed on the way": {func(a *debArchive) { a.spoil("linux-image-" + testRelease) }, problem.Unavailable,
			[]string{"cannot be fetched"}},
		"a package that names no kernel": {func(a *debArchive) {
			a.publishIndex(strings.Replace(a.index(), "Depends: linux-image-6", "Depends: other-6", 1))
		}, problem.Internal, []string{"names no kernel"}},
		"a kernel that cannot boot": {func(a *debArchive) {
			a.publish("6.1.0-1", with(goodFiles(), "boot/config-"+testRelease, "CONFIG_X=y\n"))
		}, problem.Invalid, []string{"lacks CONFIG_BLK_DEV_INITRD"}},
	} {
		t.Run(name, func(t *testing.T) {
			a := newArchive(t, goodFiles())
			s := a.store(t)
			c.hurt(a)
			_, err := s.Pull(t.Context(), "mine", false, nil)
			wantProblem(t, err, c.code, append(c.words, `pull kernel "mine"`)...)
			nothingLeft(t, s.dir)
			nothingOfApt(t, s)
		})
	}
}

func TestPullWithoutDebianSaysWhatToImport(t *testing.T) {
	s := newStore(t)
	s.root = writeTree(t, t.TempDir(), map[string]string{
		"etc/apt/sources.list": "deb http://archive.example/ubuntu noble main\n",
		"etc/os-release":       "NAME=\"Ubuntu\"\nPRETTY_NAME=\"Ubuntu 24.04 LTS\"\n",
	})
	_, err := s.Pull(t.Context(), "mine", false, nil)
	wantProblem(t, err, problem.Unavailable, "Ubuntu 24.04 LTS", "banger kernel import mine --from", "--modules /lib/modules/")
	nothingLeft(t, s.dir)
	s.root = t.TempDir() // neither apt nor a name
	_, err = s.Pull(t.Context(), "mine", false, nil)
	wantProblem(t, err, problem.Unavailable, "unknown system", "banger kernel import mine")
}

// TestPullCancelled gives up while the archive keeps a request waiting.
func TestPullCancelled(t *testing.T) {
	for _, held := range []string{"Packages", ".deb"} {
		t.Run(held, func(t *testing.T) {
			a := newArchive(t, goodFiles())
			s := a.store(t)
			ctx, cancel := context.WithCancel(t.Context())
			a.hold = func(path string) bool {
				if !strings.HasSuffix(path, held) {
					return false
				}
				cancel()
				return true
			}
			_, err := s.Pull(ctx, "mine", false, nil)
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want canceled", err)
			}
			nothingLeft(t, s.dir)
			nothingOfApt(t, s)
			if left := processesWith(t, s.cache); left != "" {
				t.Errorf("still runs: %s", left)
			}
		})
	}
}

// processesWith gives the command line of a process that names a path or works in it.
func processesWith(t *testing.T, path string) string {
	t.Helper()
	processes, err := filepath.Glob("/proc/[0-9]*")
	must(t, err)
	for _, p := range processes {
		line, _ := os.ReadFile(p + "/cmdline") // it may have ended meanwhile
		cwd, _ := os.Readlink(p + "/cwd")
		if bytes.Contains(line, []byte(path)) || strings.HasPrefix(cwd, path) {
			return strings.ReplaceAll(string(line), "\x00", " ") + " in " + cwd
		}
	}
	return ""
}

func TestKernelPackage(t *testing.T) {
	for record, want := range map[string]string{
		"Package: x\nDepends: linux-image-6.1.0-56-cloud-amd64 (= 6.1.192-2)\nSize: 1\n": "linux-image-6.1.0-56-cloud-amd64",
		"Depends: foo, linux-image-6.12.9+deb13-cloud-amd64 (= 1), bar\n":                "linux-image-6.12.9+deb13-cloud-amd64",
		"Depends: linux-image-amd64\n":                                                   "",
		"Recommends: linux-image-6.1.0\n":                                                "",
	} {
		if got := kernelPackage(record); got != want {
			t.Errorf("%q: got %q, want %q", record, got, want)
		}
	}
}

func TestDownloaded(t *testing.T) {
	for line, want := range map[string]int64{
		"dlstatus:1:12.9:Retrieving file 1 of 1 (3s remaining)": 12, "dlstatus:1:100.0000:x": 100,
		"pmstatus:dpkg:1:x": -1, "dlstatus:1:many:x": -1, "dlstatus:1:-4:x": -1, "": -1,
	} {
		got, ok := downloaded(line)
		if ok != (want >= 0) || ok && got != want {
			t.Errorf("%q: got %d, %v", line, got, ok)
		}
	}
}

func TestAvailable(t *testing.T) {
	a := newArchive(t, goodFiles())
	s := a.store(t)
	pkg := "linux-image-" + testRelease
	offers, err := s.Available(t.Context(), nil)
	if want := []Offer{{Package: pkg, Version: "6.1.0-1"}}; err != nil || !reflect.DeepEqual(offers, want) {
		t.Errorf("got %+v, %v, want %+v", offers, err, want)
	}
	_, err = s.Pull(t.Context(), "mine", false, nil)
	must(t, err)
	offers, err = s.Available(t.Context(), nil)
	if err != nil || len(offers) != 1 || !slices.Equal(offers[0].Kernels, []string{"mine"}) {
		t.Errorf("with one pulled: %+v, %v", offers, err)
	}
	a.publish("6.1.0-2", goodFiles())
	offers, err = s.Available(t.Context(), nil)
	if err != nil || len(offers) != 1 || offers[0].Version != "6.1.0-2" || len(offers[0].Kernels) != 0 {
		t.Errorf("with a newer one in the archive: %+v, %v", offers, err)
	}
	nothingLeft(t, s.dir, "mine")
	nothingOfApt(t, s)
}
