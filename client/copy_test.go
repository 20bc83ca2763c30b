package client

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"banger/api"
	"banger/client/clienttest"
	"banger/internal/archive"
	"banger/internal/guestlink"
	"banger/internal/problem"
)

// sends is a guest that sends what is at source, as far as a writer lets it.
func sends(source string, through func(conn net.Conn) io.Writer) clienttest.Agent {
	return func(conn net.Conn, req guestlink.Request) {
		guestlink.WriteMessage(conn, guestlink.Response{Source: &guestlink.Source{Dir: true, Size: -1}})
		out := guestlink.NewBulkWriter(through(conn))
		if _, err := archive.Pack(out, source, archive.Options{}); err == nil {
			out.End(guestlink.CopyEnd{LeftOut: 3})
		}
	}
}

func whole(conn net.Conn) io.Writer { return conn }

// cutAfter passes on so many bytes and then closes.
type cutAfter struct {
	conn net.Conn
	left int
}

func (c *cutAfter) Write(p []byte) (int, error) {
	if c.left -= len(p); c.left < 0 {
		c.conn.Close()
		return 0, io.ErrClosedPipe
	}
	return c.conn.Write(p)
}

func someFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"a": "a", "b": strings.Repeat("b", 500_000)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return strings.Join(all, " ")
}

func TestCopyFrom(t *testing.T) {
	m, to := clienttest.NewMachineWith(t, sends(someFolder(t), whole)), t.TempDir()
	var last api.Progress
	copied, err := CopyFrom(t.Context(), m.VM, "/x/src", to, CopyOptions{Progress: func(p api.Progress) { last = p }})
	if err != nil || copied.Files != 3 || copied.LeftOut != 3 || names(t, filepath.Join(to, "src")) != "a b" {
		t.Errorf("%+v, %v", copied, err)
	}
	if last.Done < 500_000 || last.Total != 0 || last.Unit != "bytes" {
		t.Errorf("progress %+v", last)
	}
}

func TestMachineLostUnderACopy(t *testing.T) {
	var m *clienttest.Machine
	source, to := someFolder(t), t.TempDir()
	m = clienttest.NewMachineWith(t, func(conn net.Conn, req guestlink.Request) {
		if req.CopyTo != nil {
			guestlink.WriteMessage(conn, guestlink.Response{})
			io.CopyN(io.Discard, conn, 1000)
		} else {
			sends(source, func(conn net.Conn) io.Writer { return &cutAfter{conn, 300_000} })(conn, req)
		}
		conn.Close()
		m.End()
	})
	_, from := CopyFrom(t.Context(), m.VM, "/x", to, CopyOptions{})
	_, into := CopyTo(t.Context(), m.VM, source, "/x", CopyOptions{})
	for what, err := range map[string]error{"from": from, "to": into} {
		if problem.CodeOf(err) != problem.GuestFailed || !strings.Contains(err.Error(), "went away before the copy ended") || !strings.Contains(err.Error(), "panicked") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if got := names(t, filepath.Join(to, "x")); got != "a" {
		t.Errorf("there are %q, want only what was whole", got)
	}
}

// TestGuestThatTakesNoMore: the guest's word comes while the host still sends, or waits for its own source.
func TestGuestThatTakesNoMore(t *testing.T) {
	full := &guestlink.Error{Code: guestlink.CodeFailed, Message: "no space left on device"}
	m := clienttest.NewMachineWith(t, func(conn net.Conn, _ guestlink.Request) {
		guestlink.WriteMessage(conn, guestlink.Response{})
		guestlink.NewBulkWriter(conn).End(guestlink.CopyEnd{Error: full})
		io.Copy(io.Discard, conn) // as yamux does with what nobody reads
	})
	never, hold := io.Pipe()
	defer hold.Close()
	_, tarErr := CopyTarTo(t.Context(), m.VM, never, "/x", CopyOptions{})
	_, err := CopyTo(t.Context(), m.VM, someFolder(t), "/x", CopyOptions{})
	for _, err := range []error{err, tarErr} {
		if err == nil || err.Error() != "in the guest: no space left on device" {
			t.Errorf("%v", err)
		}
	}
}

func TestGuestThatSaysAllIsWellTooSoon(t *testing.T) {
	m := clienttest.NewMachineWith(t, func(conn net.Conn, _ guestlink.Request) {
		guestlink.WriteMessage(conn, guestlink.Response{})
		guestlink.NewBulkWriter(conn).End(guestlink.CopyEnd{})
		conn.Close()
	})
	never, hold := io.Pipe()
	defer hold.Close()
	if _, err := CopyTarTo(t.Context(), m.VM, never, "/x", CopyOptions{}); problem.CodeOf(err) != problem.GuestFailed {
		t.Errorf("%v", err)
	}
}

// TestSourceThatFails: the guest hears no last word, so that it takes no part for the whole.
func TestSourceThatFails(t *testing.T) {
	heard := make(chan error, 1)
	m := clienttest.NewMachineWith(t, func(conn net.Conn, _ guestlink.Request) {
		guestlink.WriteMessage(conn, guestlink.Response{})
		_, err := guestlink.NewBulkReader(conn).End()
		heard <- err
	})
	broken := errors.New("the disk is broken")
	_, err := CopyTarTo(t.Context(), m.VM, io.MultiReader(bytes.NewReader(make([]byte, 1000)), failing{broken}), "/x", CopyOptions{})
	if !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	if err := <-heard; !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("the guest heard %v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestCopyEndsWithItsContext(t *testing.T) {
	cause := errors.New("Ctrl-C")
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := make(chan struct{}, 2)
	m := clienttest.NewMachineWith(t, func(conn net.Conn, req guestlink.Request) {
		guestlink.WriteMessage(conn, guestlink.Response{Source: &guestlink.Source{}})
		cancel(cause)
		io.Copy(io.Discard, conn)
		gone <- struct{}{}
	})
	if _, err := CopyFrom(ctx, m.VM, "/x", t.TempDir(), CopyOptions{}); !errors.Is(err, cause) {
		t.Errorf("%v, want %v", err, cause)
	}
	<-gone // the guest learns that its client has gone
}

func TestOldAgentIsNamed(t *testing.T) {
	m := clienttest.NewMachineWith(t, func(conn net.Conn, _ guestlink.Request) {
		clienttest.Accept(conn, &guestlink.Error{Code: guestlink.CodeUnsupported, Message: "what?"})
	})
	_, err := CopyFrom(t.Context(), m.VM, "/x", t.TempDir(), CopyOptions{})
	if problem.CodeOf(err) != problem.Unavailable || !strings.Contains(err.Error(), "older agent") || !strings.Contains(problem.RemedyOf(err), "stop") {
		t.Errorf("%v; %s", err, problem.RemedyOf(err))
	}
}
