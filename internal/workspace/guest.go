package workspace

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"banger/internal/guestlink"
	"banger/internal/problem"
	"banger/internal/tree"
)

// Guest is a machine with a workspace.
type Guest interface {
	// Stream opens a stream to the guest's agent, for one request. ctx bounds the opening only.
	Stream(ctx context.Context) (net.Conn, error)
}

// record is where the agent remembers what it was sent. It lies on the guest's own disk, so that copies and snapshots have it too.
var record = "/var/lib/banger/workspace" // tests have another

// The limits of what a guest may list.
const (
	maxEntries   = 1 << 20
	maxNameBytes = 128 << 20
)

// ask makes a request and hands over its stream, whose reads and writes end with ctx.
func ask(ctx context.Context, g Guest, req guestlink.Request, talk func(net.Conn, guestlink.Response) error) error {
	conn, err := g.Stream(ctx)
	if err != nil {
		return err
	}
	ctx, conn, done := listening(ctx, conn)
	defer done()
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })()
	resp, err := guestlink.Call(conn, req)
	if err == nil {
		err = talk(conn, resp)
	}
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return problem.New(problem.GuestFailed, "the guest went away in the middle of it")
	}
	return err
}

// changes asks the guest what has become of its workspace. Entries whose path does not pass tree.CheckPath are given apart.
func changes(ctx context.Context, g Guest, path string) (state guestlink.Tree, found, bad []tree.Entry, err error) {
	req := guestlink.Request{Op: guestlink.OpTreeChanges, TreeChanges: &guestlink.TreeChanges{Path: path, Record: record}}
	err = ask(ctx, g, req, func(conn net.Conn, resp guestlink.Response) error {
		if resp.Tree == nil {
			return problem.New(problem.GuestFailed, "the guest does not say how its workspace is")
		}
		state = *resp.Tree
		found, bad, err = readList(guestlink.NewBulkReader(conn))
		return err
	})
	return state, found, bad, err
}

func readList(in io.Reader) (found, bad []tree.Entry, err error) {
	bytes, seen := 0, map[string]bool{}
	for {
		e, err := tree.ReadEntry(in)
		if err == io.EOF {
			return found, bad, nil
		}
		if err != nil {
			return nil, nil, err
		}
		if bytes += len(e.Path); bytes > maxNameBytes || len(seen) >= maxEntries {
			return nil, nil, problem.New(problem.GuestFailed, "the guest has more than %d changed files, or names of more than %d MiB", maxEntries, maxNameBytes>>20).
				WithRemedy("let .gitignore name what is not to be exported")
		}
		switch {
		case seen[e.Path]:
			return nil, nil, problem.New(problem.GuestFailed, "the guest tells of %q twice", e.Path)
		case tree.CheckPath(e.Path) != nil || e.Aside || e.Mode == tree.Folder:
			bad = append(bad, e)
		default:
			found = append(found, e)
		}
		seen[e.Path] = true
	}
}

// get fetches files of the guest's. take is called once for each name, in their order; it reads the content or leaves it.
func get(ctx context.Context, g Guest, path string, names []string, take func(tree.Entry, io.Reader) error) error {
	req := guestlink.Request{Op: guestlink.OpTreeGet, TreeGet: &guestlink.TreeGet{Path: path}}
	return ask(ctx, g, req, func(conn net.Conn, _ guestlink.Response) error {
		asked := make(chan error, 1)
		go func() { asked <- askFor(guestlink.NewBulkWriter(conn), names) }()
		defer func() { conn.Close(); <-asked }()
		in := guestlink.NewBulkReader(conn)
		for _, name := range names {
			e, err := tree.ReadEntry(in)
			if err != nil {
				return err
			}
			if e.Path != name {
				return problem.New(problem.GuestFailed, "the guest sends %q instead of %q", e.Path, name)
			}
			content := &io.LimitedReader{R: in, N: e.Size}
			if err := take(e, content); err != nil {
				return err
			}
			if _, err := io.Copy(io.Discard, content); err != nil || content.N > 0 {
				return errors.Join(err, io.ErrUnexpectedEOF)
			}
		}
		_, err := in.End()
		return err
	})
}

func askFor(out *guestlink.BulkWriter, names []string) error {
	for _, name := range names {
		if err := tree.WriteEntry(out, tree.Entry{Path: name}); err != nil {
			return err
		}
	}
	return out.End(guestlink.CopyEnd{})
}

// maxSaid bounds what is kept of what a command in the guest says.
const maxSaid = 1 << 20

// command runs a program in the guest, as root, and gives what it writes, at most maxSaid bytes of it; out takes it instead, unless that is nil.
func command(ctx context.Context, g Guest, dir string, env []string, stdin io.Reader, out io.Writer, args ...string) (string, error) {
	conn, err := g.Stream(ctx)
	if err != nil {
		return "", err
	}
	said, complained := &bounded{limit: maxSaid}, &bounded{limit: 8 << 10}
	if out == nil {
		out = said
	}
	x := guestlink.Exec{Args: args, Dir: dir, Env: env, Stdin: stdin != nil}
	exit, err := guestlink.RunExec(ctx, conn, x, guestlink.IO{Stdin: stdin, Stdout: out, Stderr: complained})
	switch {
	case err != nil:
		return "", err
	case exit.Status() != 0:
		return "", problem.New(problem.GuestFailed, "%s in the guest ended with %d: %q", args[0], exit.Status(), bytes.TrimSpace(complained.Bytes()))
	case said.over:
		return "", fmt.Errorf("%s in the guest said more than %d bytes", args[0], maxSaid)
	}
	return said.String(), nil
}
