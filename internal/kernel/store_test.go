package kernel

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"banger/internal/problem"
)

// fileOnDisk reads a file of an ext4 disk without mounting it.
func fileOnDisk(t *testing.T, disk, file string) string {
	t.Helper()
	debugfs, err := find("debugfs", "e2fsprogs")
	must(t, err)
	out, err := exec.Command(debugfs, "-R", "cat "+file, disk).Output()
	must(t, err)
	return string(out)
}

func imported(t *testing.T, s *Store, name string) Kernel {
	t.Helper()
	k, err := s.Import(t.Context(), name, writeTree(t, t.TempDir(), goodFiles()), "", nil)
	must(t, err)
	return k
}

func TestGet(t *testing.T) {
	s := newStore(t)
	_, err := s.Get("mine")
	wantProblem(t, err, problem.NotFound, `"mine"`, "banger kernel pull mine")
	_, err = s.Get("../mine")
	wantProblem(t, err, problem.Invalid)
	made := imported(t, s, "mine")
	got, err := s.Get("mine")
	if err != nil || got.VMLinux() != made.VMLinux() || got.Size() != made.Size() || got.Size() < 4096 {
		t.Errorf("got %+v, %v; want %+v", got, err, made)
	}
}

func TestDamageIsFoundAndNamed(t *testing.T) {
	for name, c := range map[string]struct {
		hurt   func(dir string) error
		words  string
		byGet  bool // else only Verify sees it
		remedy string
	}{
		"no manifest": {func(d string) error { return os.Remove(filepath.Join(d, manifestFile)) }, manifestFile, true, "pull --force mine"},
		"an empty manifest": {func(d string) error { return rewrite(filepath.Join(d, manifestFile), "{}") },
			manifestFile + ": it does not list vmlinux", true, "pull --force mine"},
		"a manifest that is none": {func(d string) error { return rewrite(filepath.Join(d, manifestFile), "}") }, manifestFile, true, "pull --force mine"},
		"a missing disk":          {func(d string) error { return os.Remove(filepath.Join(d, modulesFile)) }, modulesFile, true, "import it again"},
		"a cut disk":              {func(d string) error { return rewrite(filepath.Join(d, modulesFile), "10 bytes..") }, "it has 10 bytes instead of", true, "import it again"},
		"a folder for a module": {func(d string) error {
			m := filepath.Join(d, bootFolder, "overlay.ko")
			return errors.Join(os.Remove(m), os.Mkdir(m, 0o700))
		}, "boot-modules/overlay.ko", true, "import it again"},
		"another byte": {func(d string) error {
			b := elfKernel(true)
			b[len(b)-1] ^= 1
			return rewrite(filepath.Join(d, vmlinuxFile), string(b))
		}, "vmlinux: its content has changed", false, "import it again"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			whole := imported(t, s, "mine")
			imported(t, s, "other")
			must(t, c.hurt(whole.Dir))
			_, err := s.Get("mine")
			if c.byGet {
				wantProblem(t, err, problem.Damaged, `"mine"`, c.words, c.remedy)
			} else {
				must(t, err)
				wantProblem(t, whole.Verify(t.Context()), problem.Damaged, `"mine"`, c.words, c.remedy)
			}
			list, err := s.List()
			must(t, err)
			if len(list) != 2 || list[0].Name != "mine" || (list[0].Err != nil) != c.byGet || list[1].Name != "other" || list[1].Err != nil {
				t.Errorf("list: %+v", list)
			}
			must(t, s.Delete("mine"))
			nothingLeft(t, s.dir, "other")
		})
	}
}

func rewrite(path, text string) error {
	return errors.Join(os.Remove(path), os.WriteFile(path, []byte(text), 0o444))
}

func TestListOfNothingAndOfStrangers(t *testing.T) {
	s := newStore(t)
	if list, err := s.List(); err != nil || len(list) != 0 {
		t.Errorf("got %v, %v", list, err)
	}
	must(t, os.MkdirAll(filepath.Join(s.dir, "Not A Kernel"), 0o700))
	must(t, os.MkdirAll(filepath.Join(s.dir, ".mine.123.tmp"), 0o700))
	list, err := s.List()
	if err != nil || len(list) != 1 || list[0].Name != "Not A Kernel" || list[0].Err == nil {
		t.Errorf("got %v, %v", list, err)
	}
}

func TestDeleteLeavesFilesOfOthers(t *testing.T) {
	s := newStore(t)
	wantProblem(t, s.Delete("mine"), problem.NotFound)
	k := imported(t, s, "mine")
	mine := filepath.Join(k.Dir, "notes.txt")
	must(t, os.WriteFile(mine, nil, 0o600))
	wantProblem(t, s.Delete("mine"), problem.Conflict, mine)
	_, err := s.Get("mine")
	must(t, err)
	must(t, os.Remove(mine))
	must(t, s.Delete("mine"))
	nothingLeft(t, s.dir)
}

func TestDeleteDoesNotDisturbAReader(t *testing.T) {
	s := newStore(t)
	k := imported(t, s, "mine")
	f, err := os.Open(k.VMLinux())
	must(t, err)
	defer f.Close()
	must(t, s.Delete("mine"))
	info, err := f.Stat()
	if err != nil || info.Size() != k.Files[vmlinuxFile].Size {
		t.Errorf("got %v, %v", info, err)
	}
}

func TestWhatACrashLeftIsRemovedAndWorkIsNot(t *testing.T) {
	s := newStore(t)
	atWork, err := newStage(s.dir, "work")
	must(t, err)
	left := writeTree(t, filepath.Join(s.dir, ".mine.123.tmp"), goodFiles())
	imported(t, s, "mine")
	if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what a crash left is there still: %v", err)
	}
	if _, err := os.Stat(atWork.dir); err != nil {
		t.Errorf("a stage under work was removed: %v", err)
	}
	must(t, atWork.remove())
	nothingLeft(t, s.dir, "mine")
}

func TestOneOfManyImportsOfANameWins(t *testing.T) {
	s := newStore(t)
	dir := writeTree(t, t.TempDir(), goodFiles())
	errs := make([]error, 8)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { _, errs[i] = s.Import(t.Context(), "mine", dir, "", nil) })
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else {
			wantProblem(t, err, problem.Taken)
		}
	}
	if won != 1 {
		t.Errorf("%d imports won, want 1", won)
	}
	nothingLeft(t, s.dir, "mine")
	k, err := s.Get("mine")
	must(t, err)
	checkGood(t, k)
}

func TestManifestNamesNoPathOfItsFiles(t *testing.T) {
	k := imported(t, newStore(t), "mine")
	text, err := os.ReadFile(filepath.Join(k.Dir, manifestFile))
	must(t, err)
	if strings.Contains(string(text), k.Dir) {
		t.Errorf("the manifest cannot be moved:\n%s", text)
	}
}
