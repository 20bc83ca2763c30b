package workspace

import (
	"context"
	"errors"
	"io"
	"net"
	"time"

	"banger/internal/guestlink"
	"banger/internal/problem"
)

// talk makes a tree_put. write says what is sent, and gives the tree's name for the last word.
func (u *put) talk(ctx context.Context, g Guest, fresh bool, write func() (string, error)) error {
	req := guestlink.Request{Op: guestlink.OpTreePut, TreePut: &guestlink.TreePut{
		Path: u.plan.GuestPath, Record: record, Commit: u.plan.Commit, Fresh: fresh,
	}}
	err := ask(ctx, g, req, func(conn net.Conn, _ guestlink.Response) error {
		reply := make(chan error, 1)
		go func() {
			end, err := guestlink.NewBulkReader(conn).End()
			if err == nil && end.Error != nil {
				err = end.Error
			}
			if err != nil {
				conn.SetWriteDeadline(time.Unix(1, 0)) // nobody takes any more
			}
			reply <- err
		}()
		w := &wire{Writer: conn}
		out := guestlink.NewBulkWriter(w)
		u.out = out
		id, err := write()
		if err == nil {
			err = out.End(guestlink.CopyEnd{Tree: id})
		}
		if err != nil && w.err == nil {
			conn.Close() // the reason is on this side
			<-reply
			return err
		}
		return answer(w.err, <-reply)
	})
	return u.refused(err)
}

// wire remembers that writing to the guest failed.
type wire struct {
	io.Writer
	err error
}

// Write implements io.Writer.
func (w *wire) Write(b []byte) (int, error) {
	n, err := w.Writer.Write(b)
	w.err = err
	return n, err
}

// answer takes the guest's last word for the reason why nothing more could be written.
func answer(broken, said error) error {
	if _, ok := errors.AsType[*guestlink.Error](said); ok || broken == nil {
		return said
	}
	return io.ErrUnexpectedEOF
}

// refused says why a guest does not take a workspace.
func (u *put) refused(err error) error {
	refusal, ok := errors.AsType[*guestlink.Error](err)
	switch {
	case !ok || problem.CodeOf(err) != problem.Internal:
		return err
	case refusal.Code == guestlink.CodeOccupied:
		return problem.New(problem.Conflict, "in the guest, %w", refusal).WithRemedy("choose another --guest-path, or move what is at %q away", u.plan.GuestPath)
	}
	return problem.New(problem.GuestFailed, "the guest cannot take the workspace: %w", refusal)
}
