package workspace

import (
	"context"
	"io"
	"net"
	"testing"

	"banger/internal/guestlink"
	"banger/internal/tree"
)

// scripted is a guest that says whatever a test has it say.
type scripted struct {
	t     testing.TB
	state guestlink.Tree
	list  []tree.Entry
	// send answers for one file that is asked for. A guest that wants to break off closes the stream and fails.
	send func(out io.Writer, name string) error
	// exec takes a stream on which a command has been asked for.
	exec func(net.Conn, guestlink.Request)
}

// Stream implements Guest.
func (s *scripted) Stream(context.Context) (net.Conn, error) {
	ours, theirs := net.Pipe()
	go func() {
		defer theirs.Close()
		var req guestlink.Request
		if err := guestlink.ReadMessage(theirs, &req); err != nil {
			return
		}
		switch req.Op {
		case guestlink.OpTreeChanges:
			s.changes(theirs)
		case guestlink.OpTreeGet:
			s.get(theirs)
		case guestlink.OpExec:
			s.exec(theirs, req)
		}
	}()
	return ours, nil
}

func (s *scripted) changes(conn net.Conn) {
	guestlink.WriteMessage(conn, guestlink.Response{Tree: &s.state})
	out := guestlink.NewBulkWriter(conn)
	for _, e := range s.list {
		if tree.WriteEntry(out, e) != nil {
			return
		}
	}
	out.End(guestlink.CopyEnd{})
}

func (s *scripted) get(conn net.Conn) {
	guestlink.WriteMessage(conn, guestlink.Response{})
	in, out := guestlink.NewBulkReader(conn), guestlink.NewBulkWriter(conn)
	var names []string
	for {
		e, err := tree.ReadEntry(in)
		if err == io.EOF {
			break
		}
		if err != nil {
			return
		}
		names = append(names, e.Path)
	}
	for _, name := range names {
		if s.send(out, name) != nil {
			return
		}
	}
	out.End(guestlink.CopyEnd{})
}

// sendFile is what an honest guest sends.
func sendFile(out io.Writer, name string, mode tree.Mode, content string) error {
	if err := tree.WriteEntry(out, tree.Entry{Path: name, Mode: mode, Size: int64(len(content))}); err != nil {
		return err
	}
	_, err := io.WriteString(out, content)
	return err
}
