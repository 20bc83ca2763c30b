package agent_test

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"banger/internal/archive"
	"banger/internal/guestlink"
)

// ask opens a stream and makes a request.
func (g *guest) ask(t *testing.T, req guestlink.Request) (net.Conn, guestlink.Response, error) {
	t.Helper()
	stream, err := g.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stream.Close() })
	resp, err := guestlink.Call(stream, req)
	return stream, resp, err
}

func TestCopyThereAndBack(t *testing.T) {
	g, dir := start(t), t.TempDir()
	source, there, back := filepath.Join(dir, "source"), filepath.Join(dir, "there"), filepath.Join(dir, "back")
	if err := os.Mkdir(source, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(source, "file"), []byte(strings.Repeat("text", 100_000)), 0o644); err != nil {
		t.Fatal(err)
	}
	stream, _, err := g.ask(t, guestlink.Request{Op: guestlink.OpCopyTo, CopyTo: &guestlink.CopyTo{Path: there, Base: "x", Dir: true}})
	if err != nil {
		t.Fatal(err)
	}
	out := guestlink.NewBulkWriter(stream)
	if _, err := archive.Pack(out, source, archive.Options{}); err != nil {
		t.Fatal(err)
	}
	out.End(guestlink.CopyEnd{})
	if end, err := guestlink.NewBulkReader(stream).End(); err != nil || end.Error != nil {
		t.Fatalf("%+v, %v", end, err)
	}
	stream, resp, err := g.ask(t, guestlink.Request{Op: guestlink.OpCopyFrom, CopyFrom: &guestlink.CopyFrom{Path: there}})
	if err != nil || resp.Source == nil || !resp.Source.Dir {
		t.Fatalf("%+v, %v", resp, err)
	}
	if _, err := archive.Unpack(guestlink.NewBulkReader(stream), back, true, archive.Options{}); err != nil {
		t.Fatal(err)
	}
	want, _ := os.ReadFile(filepath.Join(source, "file"))
	if got, err := os.ReadFile(filepath.Join(back, "file")); err != nil || string(got) != string(want) {
		t.Errorf("%d bytes came back, want %d (%v)", len(got), len(want), err)
	}
}

// TestCopyOfAClientThatGoes leaves nothing in the guest, and no handler that waits.
func TestCopyOfAClientThatGoes(t *testing.T) {
	g, dir := start(t), t.TempDir()
	source := filepath.Join(dir, "large")
	if err := os.WriteFile(source, make([]byte, 8<<20), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "target"), []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	stream, _, err := g.ask(t, guestlink.Request{Op: guestlink.OpCopyTo, CopyTo: &guestlink.CopyTo{Path: filepath.Join(dir, "target")}})
	if err != nil {
		t.Fatal(err)
	}
	out := guestlink.NewBulkWriter(&half{Conn: stream, left: 3})
	if _, err := archive.Pack(out, "/proc/self/exe", archive.Options{}); !errors.Is(err, errHalf) {
		t.Fatal(err)
	}
	eventually(t, "a part of it to be written", func() bool { return count(t, dir) == 3 })
	stream.Close()
	eventually(t, "the part to be removed", func() bool { return count(t, dir) == 2 })
	if text, _ := os.ReadFile(filepath.Join(dir, "target")); string(text) != "old" {
		t.Errorf("the file that was there has %d bytes", len(text))
	}
}

var errHalf = errors.New("half is enough")

// half lets some frames through.
type half struct {
	net.Conn
	left int
}

func (h *half) Write(p []byte) (int, error) {
	if h.left--; h.left < 0 {
		return 0, errHalf
	}
	return h.Conn.Write(p)
}

func count(t *testing.T, dir string) int {
	t.Helper()
	names, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return len(names)
}

func TestCopyRefusals(t *testing.T) {
	g, dir := start(t), t.TempDir()
	for what, req := range map[string]guestlink.Request{
		"names nothing":        {Op: guestlink.OpCopyFrom},
		"names  nothing":       {Op: guestlink.OpCopyTo},
		"no such file":         {Op: guestlink.OpCopyFrom, CopyFrom: &guestlink.CopyFrom{Path: dir + "/none"}},
		"neither a file nor":   {Op: guestlink.OpCopyFrom, CopyFrom: &guestlink.CopyFrom{Path: "/dev/null"}},
		"is a device":          {Op: guestlink.OpCopyTo, CopyTo: &guestlink.CopyTo{Path: "/dev/null"}},
		"no such folder":       {Op: guestlink.OpCopyTo, CopyTo: &guestlink.CopyTo{Path: dir + "/none/"}},
		"it is no folder":      {Op: guestlink.OpCopyTo, CopyTo: &guestlink.CopyTo{Path: "/dev/null", Tar: true}},
		"no such file or dire": {Op: guestlink.OpCopyTo, CopyTo: &guestlink.CopyTo{Path: dir + "/none", Tar: true}},
	} {
		_, _, err := g.ask(t, req)
		if !errors.As(err, new(*guestlink.Error)) || !strings.Contains(err.Error(), strings.ReplaceAll(what, "  ", " ")) {
			t.Errorf("%v, want %q", err, what)
		}
	}
}
