package image

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"banger/internal/model"
	"banger/internal/problem"
	"banger/internal/progress"
)

func TestBuild(t *testing.T) {
	b := newBench(t)
	work := fake(t, `
echo "$@" >$WORK/args; cat >$WORK/sources; echo "$TMPDIR" >$WORK/tmpdir
echo "I: creating tarball..." >&2
cat $WORK/rootfs.tar
`)
	var phases []string
	img, err := b.Build(t.Context(), Request{Name: "mine", Include: []string{"strace"}}, func(e progress.Event) { phases = append(phases, e.Phase) })
	must(t, err)
	if !imageID.MatchString(img.ID) || img.Name != "mine" || !img.Managed || img.WorkSeedPath != "" {
		t.Errorf("got %+v", img)
	}
	b.onlyImages(t, "mine")
	m, err := ReadManifest(img)
	if err != nil || m.Suite != DefaultSuite || !slices.Equal(m.Include, []string{"strace"}) || img.BuildSize != "" && m.Size == 0 {
		t.Errorf("manifest %+v, %v", m, err)
	}
	info, err := os.Stat(img.RootfsPath)
	if err != nil || info.Mode() != 0o444 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if want := []string{"write the root file system", "take the checksum"}; !slices.Equal(phases, want) {
		t.Errorf("phases %q, want %q", phases, want)
	}
	args, sources, tmpdir := read(t, work, "args"), read(t, work, "sources"), read(t, work, "tmpdir")
	for _, want := range []string{"--variant=minbase", "--include=git,", ",strace ", " bookworm - -\n"} {
		if !strings.Contains(args, want) {
			t.Errorf("arguments lack %q: %s", want, args)
		}
	}
	if sources != "deb http://mirror.example/debian bookworm main\n" || !strings.HasPrefix(tmpdir, b.host.disk) {
		t.Errorf("sources %q, scratch folder %q", sources, tmpdir)
	}
	for request, want := range map[string]string{
		"cat /etc/hostname": "", "cat /root/.profile": "umask 022\n", "cat /etc/apt/sources.list": sources,
		"cat /etc/default/locale": "LANG=C.UTF-8\n", "cat /etc/machine-id": "", "cat /etc/resolv.conf": "",
	} {
		if got := debugfs(t, img.RootfsPath, request); got != want {
			t.Errorf("%s: got %q, want %q", request, got, want)
		}
	}
}

func read(t *testing.T, elem ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(elem...))
	must(t, err)
	return string(text)
}

func TestBuildFailureLeavesNothing(t *testing.T) {
	for name, c := range map[string]struct {
		script string
		code   problem.Code
		words  []string
	}{
		"fails at once":       {"echo 'E: Unable to locate package nosuch' >&2; exit 1", problem.Invalid, []string{"Unable to locate package nosuch"}},
		"fails in the middle": {"head -c 1500 $WORK/rootfs.tar; echo 'dpkg: error: broken' >&2; exit 2", problem.Unavailable, []string{"dpkg: error: broken"}},
		"breaks off, then fails": {"head -c 1500 $WORK/rootfs.tar; exec >&-; sleep 0.3; echo 'dpkg: error: broken' >&2; exit 2",
			problem.Unavailable, []string{"dpkg: error: broken"}},
		"fails at the end":    {"cat $WORK/rootfs.tar; echo 'E: rm failed' >&2; exit 1", problem.Unavailable, []string{"rm failed"}},
		"fails silently":      {"exit 3", problem.Internal, []string{"without a word"}},
		"writes nothing":      {"exit 0", problem.Internal, []string{"wrote no archive"}},
		"writes rubbish":      {"head -c 100000 /dev/zero | tr '\\0' x", problem.Internal, []string{"invalid tar header"}},
		"rubbish, then hangs": {"head -c 100000 /dev/zero | tr '\\0' x; exec sleep 1000", problem.Internal, []string{"invalid tar header"}},
		"climbs out":          {"cat $WORK/climb.tar; exec sleep 1000", problem.Invalid, []string{"../x"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			work := fake(t, c.script)
			must(t, os.WriteFile(filepath.Join(work, "climb.tar"), archive(t, climbing), 0o644))
			_, err := b.Build(t.Context(), Request{Name: "mine"}, nil)
			wantProblem(t, err, c.code, append(c.words, `build image "mine"`)...)
			b.onlyImages(t)
		})
	}
}

func TestBuildCancelledLeavesNothing(t *testing.T) {
	for name, script := range map[string]string{
		"before the archive": "echo 'I: running apt-get update...' >&2; sleep 1000 & echo $! >$WORK/child; wait",
		"within the archive": "head -c 1500 $WORK/rootfs.tar; echo 'I: creating tarball...' >&2; sleep 1000 & echo $! >$WORK/child; wait",
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			work := fake(t, "mkdir -p $TMPDIR/root/proc; echo $TMPDIR >$WORK/tmpdir\n"+script)
			ctx, cancel := context.WithCancel(t.Context())
			_, err := b.Build(ctx, Request{Name: "mine"}, func(progress.Event) { cancel() })
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want canceled", err)
			}
			b.onlyImages(t)
			nobodyWorksIn(t, strings.TrimSpace(read(t, work, "tmpdir")))
		})
	}
}

// nobodyWorksIn fails when a process has the folder in its environment.
func nobodyWorksIn(t *testing.T, dir string) {
	t.Helper()
	if left := working(dir); len(left) > 0 {
		t.Errorf("still at work in %s: %q", dir, left)
	}
}

func working(dir string) (left []string) {
	files, _ := filepath.Glob("/proc/[0-9]*/environ") // the pattern is well formed
	for _, f := range files {
		if env, err := os.ReadFile(f); err == nil && strings.Contains(string(env), dir) {
			left = append(left, filepath.Dir(f))
		}
	}
	return left
}

func TestBuildOfATakenName(t *testing.T) {
	b := newBench(t)
	fake(t, "cat $WORK/rootfs.tar")
	_, err := b.Build(t.Context(), Request{Name: "mine"}, nil)
	must(t, err)
	_, err = b.Build(t.Context(), Request{Name: "mine"}, nil)
	wantProblem(t, err, problem.Taken, "banger image delete mine")
	b.onlyImages(t, "mine")
}

// Somebody takes the name while the build works: the record is refused, and nothing is left of the files.
func TestBuildThatLosesItsName(t *testing.T) {
	b := newBench(t)
	fake(t, "cat $WORK/rootfs.tar; echo 'I: creating tarball...' >&2")
	other := model.Image{ID: newID(), Name: "mine"}
	_, err := b.Build(t.Context(), Request{Name: "mine"}, func(e progress.Event) {
		if e.Phase == "take the checksum" {
			must(t, b.db.UpsertImage(t.Context(), other))
		}
	})
	wantProblem(t, err, problem.Taken)
	must(t, b.db.DeleteImage(t.Context(), other.ID))
	b.onlyImages(t)
}

func TestBuildsOfOneImageAreOne(t *testing.T) {
	b := newBench(t)
	work := fake(t, "echo run >>$WORK/runs; echo 'I: running apt-get update...' >&2; while [ ! -e $WORK/go ]; do sleep 0.01; done; cat $WORK/rootfs.tar")
	var all, waiting sync.WaitGroup
	ids := make(chan string, 3)
	for range 3 {
		all.Add(1)
		waiting.Add(1)
		go func() {
			defer all.Done()
			var once sync.Once
			img, err := b.Build(t.Context(), Request{Name: "mine"}, func(progress.Event) { once.Do(waiting.Done) })
			if err != nil {
				t.Error(err)
			}
			ids <- img.ID
		}()
	}
	waiting.Wait() // each has heard of the progress
	ctx, cancel := context.WithCancel(t.Context())
	_, err := b.Build(ctx, Request{Name: "mine"}, func(progress.Event) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("who gave up got %v, want canceled", err)
	}
	must(t, os.WriteFile(filepath.Join(work, "go"), nil, 0o644))
	all.Wait()
	one, two, three := <-ids, <-ids, <-ids
	if one == "" || one != two || two != three {
		t.Errorf("the builds gave the images %q, %q, %q", one, two, three)
	}
	if runs := read(t, work, "runs"); runs != "run\n" {
		t.Errorf("mmdebstrap ran %d times", strings.Count(runs, "run"))
	}
	b.onlyImages(t, "mine")
}

func TestBuildWithoutMmdebstrap(t *testing.T) {
	b := newBench(t)
	t.Setenv("PATH", t.TempDir())
	_, err := b.Build(t.Context(), Request{Name: "mine"}, nil)
	wantProblem(t, err, problem.Unavailable, "mmdebstrap is not installed", "install the package mmdebstrap")
	b.onlyImages(t)
}
