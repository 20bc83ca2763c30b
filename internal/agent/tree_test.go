package agent_test

import (
	"bytes"
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"banger/internal/guestlink"
	"banger/internal/tree"
)

// file is an entry and its content.
type file struct {
	tree.Entry
	content string
}

func plainFile(path, content string) file {
	return file{tree.Entry{Path: path, Mode: tree.File, Size: int64(len(content)), Sum: sumOf(content)}, content}
}

func linkTo(path, target string) file {
	f := plainFile(path, target)
	f.Mode = tree.Link
	return f
}

func program(path, content string) file {
	f := plainFile(path, content)
	f.Mode = tree.Program
	return f
}

func goneFile(path string) file { return file{Entry: tree.Entry{Path: path}} }

func aside(f file) file {
	f.Aside, f.Sum = true, nil
	return f
}

func sumOf(content string) []byte {
	sum := sha1.Sum(fmt.Appendf(nil, "blob %d\x00%s", len(content), content))
	return sum[:]
}

// space is a workspace in an agent's guest.
type space struct {
	*guest
	path, record string
}

func newSpace(t testing.TB) *space {
	dir := t.TempDir()
	return &space{start(t), filepath.Join(dir, "space"), filepath.Join(dir, "var/lib/record")}
}

func (s *space) at(name string) string { return filepath.Join(s.path, name) }

// begin begins a put; finish ends it.
func (s *space) begin(t testing.TB, r guestlink.TreePut) (net.Conn, *guestlink.BulkWriter, error) {
	t.Helper()
	r.Path, r.Record = s.path, s.record
	stream, err := s.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stream.Close() })
	stream.SetDeadline(time.Now().Add(patience))
	_, err = guestlink.Call(stream, guestlink.Request{Op: guestlink.OpTreePut, TreePut: &r})
	return stream, guestlink.NewBulkWriter(stream), err
}

func send(out io.Writer, files ...file) error {
	for _, f := range files {
		if err := tree.WriteEntry(out, f.Entry); err != nil {
			return err
		}
		if _, err := io.WriteString(out, f.content); err != nil {
			return err
		}
	}
	return nil
}

func (s *space) tryPut(t testing.TB, r guestlink.TreePut, base string, files ...file) error {
	t.Helper()
	stream, out, err := s.begin(t, r)
	if err != nil {
		return err
	}
	if err := errors.Join(send(out, files...), out.End(guestlink.CopyEnd{Tree: base})); err != nil {
		t.Fatal(err)
	}
	end, err := guestlink.NewBulkReader(stream).End()
	if err == nil && end.Error != nil {
		return end.Error
	}
	return err
}

// put writes files, which must go well.
func (s *space) put(t testing.TB, base string, files ...file) {
	t.Helper()
	if err := s.tryPut(t, guestlink.TreePut{Commit: "commit of " + base}, base, files...); err != nil {
		t.Fatal(err)
	}
}

// changes are what the guest lists, by path.
func (s *space) changes(t testing.TB) (guestlink.Tree, map[string]tree.Entry) {
	t.Helper()
	stream, err := s.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	stream.SetDeadline(time.Now().Add(patience))
	resp, err := guestlink.Call(stream, guestlink.Request{Op: guestlink.OpTreeChanges, TreeChanges: &guestlink.TreeChanges{Path: s.path, Record: s.record}})
	if err != nil || resp.Tree == nil {
		t.Fatalf("%+v, %v", resp, err)
	}
	found, in := map[string]tree.Entry{}, guestlink.NewBulkReader(stream)
	for {
		e, err := tree.ReadEntry(in)
		if err == io.EOF {
			return *resp.Tree, found
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, twice := found[e.Path]; twice {
			t.Errorf("%q is listed twice", e.Path)
		}
		found[e.Path] = e
	}
}

// get fetches files.
func (s *space) get(t testing.TB, names ...string) []file {
	t.Helper()
	stream, err := s.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	stream.SetDeadline(time.Now().Add(patience))
	if _, err := guestlink.Call(stream, guestlink.Request{Op: guestlink.OpTreeGet, TreeGet: &guestlink.TreeGet{Path: s.path}}); err != nil {
		t.Fatal(err)
	}
	out := guestlink.NewBulkWriter(stream) // all names before the first answer is read
	for _, name := range names {
		if err := tree.WriteEntry(out, tree.Entry{Path: name}); err != nil {
			t.Fatal(err)
		}
	}
	out.End(guestlink.CopyEnd{})
	in := guestlink.NewBulkReader(stream)
	var got []file
	for range names {
		e, err := tree.ReadEntry(in)
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(io.LimitReader(in, e.Size))
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, file{e, string(content)})
	}
	if _, err := in.End(); err != nil {
		t.Fatal(err)
	}
	return got
}

// listed is a list of changes for people: the path, and what it is with the begin of its sum, or "gone".
func listed(found map[string]tree.Entry) string {
	var lines []string
	for _, path := range slices.Sorted(maps.Keys(found)) {
		e := found[path]
		kind := map[tree.Mode]string{tree.Gone: "gone", tree.File: "file", tree.Program: "program", tree.Link: "link", tree.Folder: "folder"}[e.Mode]
		if len(e.Sum) > 0 {
			kind += " known"
		}
		lines = append(lines, fmt.Sprintf("%q %s", path, kind))
	}
	return strings.Join(lines, ", ")
}

// everything is all that is below dir: kinds, permissions, times, contents.
func everything(t testing.TB, dir string) string {
	t.Helper()
	var all bytes.Buffer
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		content := []byte{}
		switch {
		case info.Mode().IsRegular():
			content, err = os.ReadFile(path)
		case info.Mode()&os.ModeSymlink != 0:
			var target string
			target, err = os.Readlink(path)
			content = []byte(target)
		}
		fmt.Fprintf(&all, "%q %v %d %x\n", path, info.Mode(), info.ModTime().UnixNano(), sha1.Sum(content))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}
