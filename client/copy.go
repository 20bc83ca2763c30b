package client

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"

	"banger/api"
	"banger/internal/archive"
	"banger/internal/guestlink"
	"banger/internal/problem"
)

// CopyOptions say how files are copied into a guest or out of it. All may be left zero.
type CopyOptions struct {
	// Preserve keeps modes and times and, when this process is root's, owners and setuid bits.
	Preserve bool
	// Progress is told how many bytes have been copied.
	Progress Progress
	// Notice is called with what the user should know meanwhile.
	Notice func(string)
}

// Copied counts what was copied.
type Copied = archive.Result

// CopyFrom copies a file or folder of the VM's guest. dest, on this host, is what it becomes, or a folder into which
// it goes. Nothing is left of a file that was not copied whole. The guest may be hostile: package archive says what
// it can bring.
func CopyFrom(ctx context.Context, vm api.VM, source, dest string, o CopyOptions) (Copied, error) {
	return o.from(ctx, vm, source, func(in io.Reader, dir bool) (Copied, error) {
		target, err := archive.Target(dest, archive.Base(source), dir)
		if err != nil {
			return Copied{}, err
		}
		return archive.Unpack(in, target, dir, o.archive())
	})
}

// CopyTarFrom writes a file or folder of the VM's guest as a tar stream to w. A Write that blocks delays its return.
func CopyTarFrom(ctx context.Context, vm api.VM, source string, w io.Writer, o CopyOptions) (Copied, error) {
	return o.from(ctx, vm, source, func(in io.Reader, _ bool) (Copied, error) {
		return archive.Relay(w, in, archive.Base(source), o.archive())
	})
}

// CopyTo copies a file or folder of this host into the VM's guest. dest is what it becomes, or a folder into which it goes.
func CopyTo(ctx context.Context, vm api.VM, source, dest string, o CopyOptions) (Copied, error) {
	info, err := archive.Stat(source)
	if err != nil {
		return Copied{}, err
	}
	request := guestlink.CopyTo{Path: dest, Base: archive.Base(source), Dir: info.IsDir()}
	var size int64 // of a folder it is not known
	if !request.Dir {
		size = info.Size()
	}
	return o.to(ctx, vm, request, size, func(out io.Writer) (Copied, error) {
		return archive.Pack(out, source, o.archive())
	})
}

// CopyTarTo unpacks the tar stream r into dest, a folder of the VM's guest. A Read of r can still be under way when it returns.
func CopyTarTo(ctx context.Context, vm api.VM, r io.Reader, dest string, o CopyOptions) (Copied, error) {
	return o.to(ctx, vm, guestlink.CopyTo{Path: dest, Tar: true}, 0, func(out io.Writer) (Copied, error) {
		_, err := io.Copy(out, r)
		return Copied{}, err
	})
}

func (o CopyOptions) owners() bool { return o.Preserve && os.Geteuid() == 0 }

func (o CopyOptions) archive() archive.Options {
	return archive.Options{Preserve: o.Preserve, Owners: o.owners()}
}

// talk makes a request of the guest's agent and has use go on from its answer.
func (o CopyOptions) talk(ctx context.Context, vm api.VM, request guestlink.Request, use func(guestlink.Copying, guestlink.Response) error) error {
	return inGuest(ctx, vm, o.Notice, func(conn net.Conn) error { return guestlink.RunCopy(ctx, conn, request, use) })
}

// from has write take what the guest sends.
func (o CopyOptions) from(ctx context.Context, vm api.VM, source string, write func(in io.Reader, dir bool) (Copied, error)) (done Copied, err error) {
	request := guestlink.Request{Op: guestlink.OpCopyFrom, CopyFrom: &guestlink.CopyFrom{Path: source, Preserve: o.Preserve}}
	err = o.talk(ctx, vm, request, func(link guestlink.Copying, said guestlink.Response) error {
		if said.Source == nil {
			return problem.New(problem.GuestFailed, "the guest does not say what it sends")
		}
		meter := o.meter(said.Source.Size, said.Source.Dir)
		done, err = write(meteredReader{link, meter}, said.Source.Dir)
		if err != nil {
			return full(err)
		}
		end, err := link.End()
		done.LeftOut += end.LeftOut
		return err
	})
	return done, err
}

// to has the guest take what read writes.
func (o CopyOptions) to(ctx context.Context, vm api.VM, request guestlink.CopyTo, size int64, read func(out io.Writer) (Copied, error)) (Copied, error) {
	request.Preserve, request.Owners = o.Preserve, o.owners()
	var done Copied
	err := o.talk(ctx, vm, guestlink.Request{Op: guestlink.OpCopyTo, CopyTo: &request}, func(link guestlink.Copying, _ guestlink.Response) error {
		meter := o.meter(size, request.Dir || request.Tar)
		end, err := link.Send(guestlink.CopyEnd{}, func(out io.Writer) (err error) {
			done, err = read(meteredWriter{out, meter})
			return err
		})
		if err == nil {
			done.LeftOut += end.LeftOut
		}
		return err
	})
	if err != nil {
		return Copied{}, err // done may be written to still
	}
	return done, nil
}

// full says what to do about a disk of this host's that is full.
func full(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return problem.New(problem.Exhausted, "%w", err).WithRemedy("make room on this host's disk, and copy again")
	}
	return err
}
