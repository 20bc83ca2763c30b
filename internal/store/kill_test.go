package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"banger/internal/model"
)

// rewritten is how many VMs the helper "rewrite" rewrites in turn.
const rewritten = 8

// edition is a VM of which every field but id and creation time tells the number k. Its JSON fills several pages.
func edition(n, k int) model.VMRecord {
	id := fmt.Sprint("vm", n)
	vm := testVM(id, fmt.Sprintf("%s-%d", id, k), []string{"i", "j"}[k%2])
	vm.State = []model.State{model.StateStopped, model.StateRunning, model.StatePaused}[k%3]
	vm.UpdatedAt, vm.LastTouchedAt = vm.CreatedAt.Add(time.Duration(k)*time.Second), vm.CreatedAt.Add(time.Duration(2*k)*time.Second)
	vm.Spec.VCPU, vm.Spec.MemoryMiB, vm.Spec.Env = k, 2*k, map[string]string{"K": strings.Repeat(fmt.Sprintf("%08d", k), 600)}
	vm.Runtime.GuestIP = fmt.Sprintf("172.%d.%d.%d", 16+n, k/250%250, 2+k%250)
	vm.Runtime.Reason = strings.Repeat(fmt.Sprintf("%08d", k), 600)
	return vm
}

// imageEdition is the same for an image.
func imageEdition(k int) model.Image {
	image := testImage("j", fmt.Sprint("image-", k))
	image.Managed, image.Docker, image.BuildSize = k%2 == 0, k%3 == 0, fmt.Sprint(k)
	image.ArtifactDir, image.RootfsPath = strings.Repeat(fmt.Sprintf("/%07d", k), 600), fmt.Sprint("/rootfs", k)
	image.UpdatedAt = image.CreatedAt.Add(time.Duration(k) * time.Second)
	return image
}

// rewrite writes edition after edition, going on from those that are there.
func rewrite(ctx context.Context, s *Store) error {
	image, err := s.Image(ctx, "j")
	k, _ := strconv.Atoi(image.BuildSize)
	for ; err == nil; k++ {
		if err = s.UpsertImage(ctx, imageEdition(k)); err != nil {
			return err
		}
		fmt.Println("wrote image", k)
		for n := range rewritten {
			if err = s.UpsertVM(ctx, edition(n, k)); err != nil {
				return err
			}
			fmt.Println("wrote", n, k)
		}
	}
	return err
}

// TestKilledRewritersLeaveNoHalfRow kills one process after another in the middle of thousands of upserts to one database.
func TestKilledRewritersLeaveNoHalfRow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s := mustOpen(t, path)
	for _, image := range []model.Image{testImage("i", "image"), imageEdition(0)} {
		if err := s.UpsertImage(t.Context(), image); err != nil {
			t.Fatal(err)
		}
	}
	s.Close()
	written := 0
	for try := range 30 {
		p := startProcess(t, "rewrite", path)
		p.begin()
		promised := map[string]int{}
		for range 1 + try*73%200 {
			written += promise(t, promised, p.next())
		}
		p.kill()
		for _, line := range p.rest(t) {
			written += promise(t, promised, line)
		}
		expectWholeRows(t, path, promised)
	}
	if written < 2000 {
		t.Errorf("only %d upserts were seen", written)
	}
}

// promise notes what a line says was written, and counts it; the last line may have been cut off.
func promise(t *testing.T, promised map[string]int, line string) int {
	t.Helper()
	words := strings.Fields(line)
	if len(words) != 3 {
		return 0
	}
	k, err := strconv.Atoi(words[2])
	if err != nil {
		t.Fatal(err)
	}
	promised[words[1]] = k
	return 1
}

// expectWholeRows opens what a killed process left. Each row must be one edition as a whole, and not older than promised.
func expectWholeRows(t *testing.T, path string, promised map[string]int) {
	t.Helper()
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.CheckIntegrity(t.Context()); err != nil {
		t.Error(err)
	}
	if image, err := s.Image(t.Context(), "j"); err != nil {
		t.Error(err)
	} else if k, _ := strconv.Atoi(image.BuildSize); image != imageEdition(k) || k < promised["image"] {
		t.Errorf("half an image, or older than edition %d: %+v", promised["image"], image)
	}
	vms, err := s.VMs(t.Context())
	if err != nil {
		t.Error(err)
	}
	for _, vm := range vms {
		n, _ := strconv.Atoi(strings.TrimPrefix(vm.ID, "vm"))
		if k := vm.Spec.VCPU; !reflect.DeepEqual(vm, edition(n, k)) || k < promised[fmt.Sprint(n)] {
			t.Errorf("half a row, or older than edition %d: %+v", promised[fmt.Sprint(n)], vm)
		}
	}
	if torn := rawTexts(t, s.read, "SELECT id FROM vms WHERE guest_ip <> runtime_json ->> 'guest_ip'"); len(torn) != 0 {
		t.Errorf("column and JSON differ in %v", torn)
	}
}

// TestKilledMigrationIsMadeUpFor kills a process that migrates a database of an older version after
// the first thing it does in the folder, after the second, and so on until it is done sooner.
func TestKilledMigrationIsMadeUpFor(t *testing.T) {
	for n, done := 1, false; !done; n++ {
		path := baselineFile(t)
		before := rowsOf(t, path)
		done = killAfter(t, path, n)
		s := mustOpen(t, path)
		if err := s.CheckIntegrity(t.Context()); err != nil {
			t.Error(err)
		}
		if state, err := s.InspectSchemaState(t.Context()); state != Compatible || err != nil {
			t.Errorf("state %d, %v", state, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if after := rowsOf(t, path); !slices.Equal(after, before) {
			t.Errorf("after event %d: %q\nwant %q", n, after, before)
		}
		if left := dirNames(t, filepath.Dir(path)); slices.ContainsFunc(left, func(name string) bool { return strings.HasSuffix(name, ".tmp") }) {
			t.Errorf("after event %d it left %v", n, left)
		}
		if n < 5 && done {
			t.Errorf("only %d events were seen", n)
		}
	}
}

// killAfter starts a process that opens path, and kills it after n events in the folder. It reports whether the process was
// done before.
func killAfter(t *testing.T, path string, n int) (done bool) {
	t.Helper()
	fd, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	events := os.NewFile(uintptr(fd), "inotify")
	defer events.Close()
	const what = unix.IN_CREATE | unix.IN_MODIFY | unix.IN_MOVED_TO | unix.IN_DELETE
	if _, err := unix.InotifyAddWatch(fd, filepath.Dir(path), what); err != nil {
		t.Fatal(err)
	}
	p := launch(t, "open", path)
	ready := make(chan struct{})
	go func() {
		defer close(ready)
		p.next()
		events.SetReadDeadline(time.Now()) // it will do nothing more
	}()
	err = awaitEvents(events, n)
	p.cmd.Process.Kill()
	<-ready
	p.cmd.Wait()
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatal(err)
	}
	return err != nil
}

func awaitEvents(f *os.File, n int) error {
	buf := make([]byte, 4096)
	for n > 0 {
		size, err := f.Read(buf)
		if err != nil {
			return err
		}
		for at := 0; at < size; n-- {
			at += unix.SizeofInotifyEvent + int((*unix.InotifyEvent)(unsafe.Pointer(&buf[at])).Len)
		}
	}
	return nil
}
