package machine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"syscall"
	"time"

	"banger/internal/guestlink"
	"banger/internal/problem"
	"banger/internal/process"
	"banger/internal/shim"
	"banger/internal/vmm"
)

// ErrNotRunning is returned when the machine has no shim, of code Conflict: it may have ended in the moment in which it was asked for something.
var ErrNotRunning = problem.New(problem.Conflict, "the machine does not run")

// orNotRunning is err, or ErrNotRunning where that says that nobody listens.
func orNotRunning(err error) error {
	if err != nil && isAbsent(err) {
		return ErrNotRunning
	}
	return err
}

// maxFile bounds the small files of a machine's folder, in bytes.
const maxFile = 64 << 10

// Status asks the shim how the machine is.
func (m *Machine) Status(ctx context.Context) (shim.Status, error) {
	reply, err := m.ask(ctx, shim.Request{Op: shim.OpStatus})
	if err != nil {
		return shim.Status{}, err
	}
	return *reply.Status, nil
}

// Watch returns when the machine has ended and nothing of it runs, with how it
// ended; at once when that was before. seen, unless it is nil, hears how the machine is until then.
func (m *Machine) Watch(ctx context.Context, seen func(shim.Status)) (shim.Exit, error) {
	exit, err := shim.Watch(ctx, m.Socket(), seen)
	switch {
	case ctx.Err() != nil:
		return shim.Exit{}, context.Cause(ctx)
	case err != nil && !isAbsent(err):
		return shim.Exit{}, err // nothing is known of the machine, so nothing is done to it
	}
	if err := m.reap(ctx, leaveTimeout); err != nil {
		return shim.Exit{}, err
	}
	if err != nil {
		return m.LastExit(), nil
	}
	return exit, nil
}

// LastExit is how the machine last ended. When its shim left no word, because it
// was killed or the host went down, the cause is failed and the detail says so.
func (m *Machine) LastExit() shim.Exit {
	var exit shim.Exit
	if err := m.read(shim.ExitFile, &exit); err != nil {
		return shim.Exit{Cause: vmm.CauseFailed, Detail: "its supervisor was killed, or the host went down", At: time.Now()}
	}
	return exit
}

// Configure tells the guest who it is, and gives what it found out about itself then. ctx bounds the guest's answer.
func (m *Machine) Configure(ctx context.Context, c guestlink.Configure) (guestlink.SelfTest, error) {
	resp, err := m.Call(ctx, guestlink.Request{Op: guestlink.OpConfigure, Configure: &c})
	if err == nil && resp.SelfTest == nil {
		err = problem.New(problem.GuestFailed, "its agent did not test itself")
	}
	if err != nil {
		return guestlink.SelfTest{}, fmt.Errorf("configure the guest: %w", err)
	}
	return *resp.SelfTest, nil
}

// Call makes a request of the guest's agent. ctx bounds its answer.
func (m *Machine) Call(ctx context.Context, req guestlink.Request) (guestlink.Response, error) {
	resp, err := m.call(ctx, req)
	if ctx.Err() != nil {
		return resp, context.Cause(ctx)
	}
	return resp, err
}

func (m *Machine) call(ctx context.Context, req guestlink.Request) (guestlink.Response, error) {
	conn, err := shim.GuestAside(ctx, m.Socket())
	if err != nil {
		return guestlink.Response{}, orNotRunning(err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })()
	return guestlink.Call(conn, req)
}

// Stream opens a stream to the guest's agent, for one request. It counts as a use of the machine until it is closed. ctx bounds the
// opening only.
func (m *Machine) Stream(ctx context.Context) (net.Conn, error) { return shim.Guest(ctx, m.Socket()) }

// CopyTo has the guest take what write writes. It ends with ctx; when it fails, write can still be under way.
func (m *Machine) CopyTo(ctx context.Context, c guestlink.CopyTo, write func(io.Writer) error) error {
	conn, err := shim.GuestAside(ctx, m.Socket())
	if err != nil {
		return err
	}
	req := guestlink.Request{Op: guestlink.OpCopyTo, CopyTo: &c}
	return guestlink.RunCopy(ctx, conn, req, func(link guestlink.Copying, _ guestlink.Response) error {
		_, err := link.Send(guestlink.CopyEnd{}, write)
		return err
	})
}

// Exec runs a command in the guest, without streams.
func (m *Machine) Exec(ctx context.Context, x guestlink.Exec) (guestlink.Exit, error) {
	conn, err := shim.Guest(ctx, m.Socket())
	if err != nil {
		return guestlink.Exit{}, err
	}
	return guestlink.RunExec(ctx, conn, x, guestlink.IO{})
}

// snapshotTimeout bounds a snapshot, on a host whose disk is slow.
const snapshotTimeout = 10 * time.Minute

// Snapshot writes the running machine into a folder, which must be there and empty: memory, state and writable disks of one moment,
// for which the guest stands still. Nothing is synced. It goes on to its end when ctx ends, so that nobody writes to the folder any
// more when it returns.
func (m *Machine) Snapshot(ctx context.Context, dir string) (paused time.Duration, err error) {
	asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), snapshotTimeout)
	defer cancel()
	reply, err := m.ask(asking, shim.Request{Op: shim.OpSnapshot, Dir: dir})
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	return reply.Paused, err
}

// Pause makes the guest stand still until Resume, or until it is powered off.
func (m *Machine) Pause(ctx context.Context) error {
	_, err := m.ask(ctx, shim.Request{Op: shim.OpPause})
	return err
}

// Resume lets the guest run on. Its clock has stood still with it.
func (m *Machine) Resume(ctx context.Context) error {
	_, err := m.ask(ctx, shim.Request{Op: shim.OpResume})
	return err
}

// Usage is the host's memory that the machine has.
func (m *Machine) Usage(ctx context.Context) (shim.Usage, error) {
	reply, err := m.ask(ctx, shim.Request{Op: shim.OpUsage})
	if problem.CodeOf(err) == problem.Conflict { // its supervisor is about to end, too
		err = fmt.Errorf("%w: %w", ErrNotRunning, err)
	}
	if err != nil {
		return shim.Usage{}, err
	}
	return *reply.Usage, nil
}

// Lease holds an ephemeral machine until it is closed, or this process ends.
func (m *Machine) Lease(ctx context.Context) (io.Closer, error) { return shim.Lease(ctx, m.Socket()) }

// ask sends a request to the shim; no shim is ErrNotRunning.
func (m *Machine) ask(ctx context.Context, req shim.Request) (shim.Reply, error) {
	reply, err := shim.Ask(ctx, m.Socket(), req)
	return reply, orNotRunning(err)
}

// isAbsent reports whether err means that nobody listens on the socket.
func isAbsent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, shim.ErrGone)
}

// alive reports whether the machine's shim lives, whether it answers or not.
func (m *Machine) alive() bool {
	id, ok := m.shimProcess()
	return ok && id.Alive()
}

// shimProcess is the process that last called itself this machine's shim.
func (m *Machine) shimProcess() (process.ID, bool) {
	var id process.ID
	return id, m.read(shim.ProcessFile, &id) == nil
}

func (m *Machine) read(name string, v any) error {
	f, err := os.OpenFile(m.path(name), os.O_RDONLY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	return json.NewDecoder(io.LimitReader(f, maxFile)).Decode(v)
}
