package initramfs

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/cavaliergopher/cpio"

	"banger/internal/problem"
)

var (
	testAgent   = []byte("\x7fELF the agent")
	testModules = []Module{{"virtio_ring", []byte("ring")}, {"virtio", []byte("v")}, {"overlay", nil}}
)

func archiveOf(t *testing.T, agent []byte, modules []Module) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, agent, modules); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWrite(t *testing.T) {
	type found struct {
		name, data string
		mode       cpio.FileMode
	}
	var got []found
	inodes := map[int64]bool{}
	for r := cpio.NewReader(bytes.NewReader(archiveOf(t, testAgent, testModules))); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if h.Uid != 0 || h.Guid != 0 || h.ModTime.Unix() != 0 || h.Links != 1 || inodes[h.Inode] {
			t.Errorf("%s: %+v", h.Name, h)
		}
		inodes[h.Inode] = true
		got = append(got, found{h.Name, string(data), h.Mode})
	}
	want := []found{
		{"dev", "", cpio.TypeDir | 0o755}, {"dev/console", "", cpio.TypeChar | 0o600},
		{"init", string(testAgent), cpio.TypeReg | 0o755}, {"modules", "", cpio.TypeDir | 0o755},
		{"modules/00-virtio_ring.ko", "ring", cpio.TypeReg | 0o644}, {"modules/01-virtio.ko", "v", cpio.TypeReg | 0o644},
		{"modules/02-overlay.ko", "", cpio.TypeReg | 0o644},
	}
	if len(got) != len(want) {
		t.Fatalf("got %d entries, want %d: %+v", len(got), len(want), got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("entry %d: got %+v, want %+v", i, got[i], want[i])
		}
	}
}

// TestConsoleIsTheRightDevice looks at the bytes, since the cpio library knows no device numbers:
// rdevmajor and rdevminor are the tenth and eleventh of the header's numbers.
func TestConsoleIsTheRightDevice(t *testing.T) {
	b := archiveOf(t, testAgent, nil)
	name := bytes.Index(b, []byte("dev/console\x00"))
	if name < 110 {
		t.Fatal("there is no dev/console")
	}
	header := string(b[name-110 : name])
	if got := header[6+9*8 : 6+11*8]; !strings.HasPrefix(header, "070701") || got != "00000005"+"00000001" {
		t.Errorf("device %q in header %q, want 5, 1", got, header)
	}
}

func TestWriteIsDeterministicAndAligned(t *testing.T) {
	for size := range 5 {
		agent := bytes.Repeat([]byte("x"), size)
		a := archiveOf(t, agent, testModules)
		if len(a)%4 != 0 || !bytes.Equal(a, archiveOf(t, agent, testModules)) {
			t.Errorf("an agent of %d bytes gives %d bytes, or others the second time", size, len(a))
		}
	}
}

func TestWriteFailures(t *testing.T) {
	if err := Write(io.Discard, testAgent, make([]Module, maxModules+1)); err == nil {
		t.Error("more modules than two digits can order were taken")
	}
	for room := range 10 {
		if err := Write(&full{room}, testAgent, testModules); !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("a full disk after %d writes: got %v", room, err)
		}
	}
}

// full is a writer with room for some writes.
type full struct{ room int }

func (f *full) Write(p []byte) (int, error) {
	if f.room--; f.room < 0 {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}

func TestAgent(t *testing.T) {
	for _, build := range []fstest.MapFS{{}, {"agent/banger-agent": {}}} {
		_, err := read(build)
		if problem.CodeOf(err) != problem.Unavailable || !strings.Contains(problem.RemedyOf(err), "make build") {
			t.Errorf("a build without agent: %v", err)
		}
	}
	b, err := read(fstest.MapFS{"agent/banger-agent": {Data: testAgent}})
	if err != nil || !bytes.Equal(b, testAgent) {
		t.Errorf("got %q, %v", b, err)
	}
	one, err := Agent()
	two, again := Agent()
	if err == nil && (again != nil || &one[0] != &two[0]) || err != nil && problem.CodeOf(err) != problem.Unavailable {
		t.Errorf("got %v, %v, or not the same slice twice", err, again)
	}
}
