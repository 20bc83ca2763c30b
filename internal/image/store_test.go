package image

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"banger/internal/model"
	"banger/internal/problem"
)

// build makes an image without further ado.
func (b bench) build(t *testing.T, name string) model.Image {
	t.Helper()
	fake(t, "cat $WORK/rootfs.tar")
	img, err := b.Build(t.Context(), Request{Name: name}, nil)
	must(t, err)
	return img
}

func TestGet(t *testing.T) {
	b := newBench(t)
	for id, name := range map[string]string{"a1" + strings.Repeat("0", 30): "one", "a2" + strings.Repeat("0", 30): "two", "b0" + strings.Repeat("0", 30): "a1"} {
		must(t, b.db.UpsertImage(t.Context(), model.Image{ID: id, Name: name}))
	}
	for ref, want := range map[string]string{"one": "one", "a2": "two", "a1": "a1", "b": "a1", "a2" + strings.Repeat("0", 30): "two"} {
		if img, err := b.Get(t.Context(), ref); err != nil || img.Name != want {
			t.Errorf("%s: got %q, %v, want %q", ref, img.Name, err, want)
		}
	}
	for ref, code := range map[string]problem.Code{"": problem.NotFound, "absent": problem.NotFound, "a": problem.Ambiguous, "\x1b[2J": problem.NotFound} {
		_, err := b.Get(t.Context(), ref)
		wantProblem(t, err, code)
	}
}

func TestDelete(t *testing.T) {
	b := newBench(t)
	img := b.build(t, "mine")
	b.build(t, "other")
	vm, err := b.db.CreateVM(t.Context(), model.VMRecord{
		ID: newID(), Name: "web", ImageID: img.ID, State: model.StateCreated,
	}, netip.MustParsePrefix("172.16.0.0/24"))
	must(t, err)
	wantProblem(t, b.Delete(t.Context(), "mine"), problem.Conflict, "web")
	b.onlyImages(t, "mine", "other")
	must(t, b.db.DeleteVM(t.Context(), vm.ID))
	must(t, b.Delete(t.Context(), img.ID[:8]))
	b.onlyImages(t, "other")
	wantProblem(t, b.Delete(t.Context(), "mine"), problem.NotFound)
}

func TestDeleteLeavesWhatIsNotBangers(t *testing.T) {
	b := newBench(t)
	img := b.build(t, "mine")
	notes := filepath.Join(img.ArtifactDir, "notes.txt")
	must(t, os.WriteFile(notes, nil, 0o600))
	if err := b.Delete(t.Context(), "mine"); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("got %v, want to hear of the folder", err)
	}
	if got := list(t, img.ArtifactDir); len(got) != 1 || got[0] != "notes.txt" {
		t.Errorf("left: %q", got)
	}
	elsewhere := t.TempDir()
	foreign := model.Image{ID: newID(), Name: "foreign", Managed: true, ArtifactDir: elsewhere, RootfsPath: filepath.Join(elsewhere, rootfsFile)}
	must(t, os.WriteFile(foreign.RootfsPath, nil, 0o600))
	must(t, b.db.UpsertImage(t.Context(), foreign))
	must(t, b.Delete(t.Context(), "foreign"))
	if got := list(t, elsewhere); len(got) != 1 {
		t.Errorf("an image that is not below the store's folder lost its files")
	}
}

func TestDamage(t *testing.T) {
	for what, hurt := range map[string]func(img model.Image) error{
		"no root file system": func(img model.Image) error { return os.Remove(img.RootfsPath) },
		"cut short": func(img model.Image) error {
			return cmpErr(os.Chmod(img.RootfsPath, 0o600), os.Truncate(img.RootfsPath, 4096))
		},
		"a folder": func(img model.Image) error {
			return cmpErr(os.Remove(img.RootfsPath), os.Mkdir(img.RootfsPath, 0o700))
		},
		"no manifest": func(img model.Image) error { return os.Remove(filepath.Join(img.ArtifactDir, manifestFile)) },
		"rubbish for manifest": func(img model.Image) error {
			return os.WriteFile(filepath.Join(img.ArtifactDir, manifestFile), []byte("\x00"), 0o600)
		},
		"another's manifest": func(img model.Image) error {
			m, err := ReadManifest(img)
			m.ID = newID()
			return cmpErr(err, m.write(img.ArtifactDir))
		},
	} {
		t.Run(what, func(t *testing.T) {
			b := newBench(t)
			img := b.build(t, "mine")
			must(t, Check(img))
			must(t, hurt(img))
			wantProblem(t, Check(img), problem.Damaged, `image "mine" is damaged`, "banger image build mine")
			wantProblem(t, Verify(t.Context(), img), problem.Damaged)
		})
	}
}

func cmpErr(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestVerifyReadsEveryByte(t *testing.T) {
	b := newBench(t)
	img := b.build(t, "mine")
	must(t, os.Chmod(img.RootfsPath, 0o600))
	f, err := os.OpenFile(img.RootfsPath, os.O_WRONLY, 0)
	must(t, err)
	_, err = f.WriteAt([]byte{0xff}, 12345)
	must(t, err)
	must(t, f.Close())
	must(t, Check(img))
	wantProblem(t, Verify(t.Context(), img), problem.Damaged, "checksum differs")
}

func TestSweep(t *testing.T) {
	b := newBench(t)
	must(t, b.Sweep(t.Context())) // no folder yet
	b.build(t, "mine")
	staged, orphan, halfway := newID(), newID(), newID()
	for _, name := range []string{
		stagePrefix + staged + "/." + rootfsFile + ".123.tmp", stagePrefix + staged + "/" + builderFile,
		orphan + "/" + rootfsFile, orphan + "/" + manifestFile, stagePrefix + halfway + "/" + rootfsFile,
	} {
		path := filepath.Join(b.dir, name)
		must(t, os.MkdirAll(filepath.Dir(path), 0o700))
		must(t, os.WriteFile(path, nil, 0o444))
	}
	for _, base := range []string{b.host.memory, b.host.disk} {
		must(t, os.MkdirAll(filepath.Join(base, scratchName(staged), "mmdebstrap.x/proc"), 0o755))
	}
	must(t, b.Sweep(t.Context()))
	b.onlyImages(t, "mine")

	keep := filepath.Join(b.dir, "notes")
	must(t, os.WriteFile(keep, nil, 0o600))
	must(t, b.Sweep(t.Context()))
	must(t, os.Remove(keep))
}

func TestScratchIsInMemoryOnlyWhereThereIsRoom(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0o077))
	if less, more := (Request{}).room(), (Request{Include: []string{"make"}}).room(); less >= more {
		t.Errorf("%d bytes for the default packages, %d with others", less, more)
	}
	h := host{memory: "/dev/shm", disk: t.TempDir(), uid: os.Geteuid()}
	for room, want := range map[int64]string{1: h.memory, 1 << 60: h.disk} {
		id := newID()
		dir, err := h.scratch(id, room)
		must(t, err)
		if filepath.Dir(dir) != want {
			t.Errorf("room for %d bytes: %s, want it in %s", room, dir, want)
		}
		if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o711 {
			t.Errorf("mode %v, %v, want 0711", info.Mode(), err)
		}
		must(t, h.removeScratch(id))
		if _, err := os.Lstat(dir); err == nil {
			t.Errorf("%s is still there", dir)
		}
	}
	if roomy(t.TempDir()+"/absent", 0) || roomy("/proc", 0) {
		t.Error("what is no file system in memory was taken for one")
	}
	if n := freeMemory(); n < 1<<20 || n > 1<<50 {
		t.Errorf("%d bytes of memory are free", n)
	}
}

func TestSettingsOfTheHostsApt(t *testing.T) {
	for line, want := range map[string]bool{
		`Acquire::http::Proxy "http://proxy.example:3128";`:          true,
		`Acquire::https::m.example::SslCert "/etc/ssl/me.pem";`:      true,
		`Acquire::Retries "5";`:                                      true,
		`Acquire::ForceIPv4 "true";`:                                 true,
		`Acquire::http "";`:                                          false,
		`Acquire::httpx::Proxy "x";`:                                 false,
		`Acquire::IndexTargets::deb::Contents-deb::MetaKey "x";`:     false,
		`APT::Update::Post-Invoke:: "rm -rf /";`:                     false,
		`Acquire::http::Proxy "x"; APT::Update::Pre-Invoke:: "evil"`: false,
	} {
		if wanted.MatchString(line) != want {
			t.Errorf("%s: got %v", line, !want)
		}
	}
}
