package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"banger/internal/disk"
	"banger/internal/guestlink"
	"banger/internal/vmm/host"
)

// parts are the files that a machine is started from.
type parts struct {
	kernel, initramfs, rootfs, modules string
	tuning                             []string // arguments of QEMU
}

// rawMachine is a guest that banger has no hand in, beyond the agent in it.
type rawMachine struct {
	qemu    *exec.Cmd
	said    bytes.Buffer
	conn    net.Conn
	session *guestlink.Session
	took    time.Duration // from the start of QEMU to the agent's first answer
}

// bootRaw starts QEMU by hand, as one would at a prompt: with paths, without a sandbox.
func bootRaw(ctx context.Context, dir string, p parts) (*rawMachine, error) {
	for _, name := range []string{"system", "work"} {
		if err := disk.Blank(ctx, filepath.Join(dir, name), 8<<30); err != nil {
			return nil, err
		}
	}
	socket := filepath.Join(dir, "link.sock")
	os.Remove(socket)
	m := &rawMachine{qemu: exec.Command(host.Program, rawArgs(dir, socket, p)...)}
	m.qemu.Stderr = &m.said
	m.qemu.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	began := time.Now()
	if err := m.qemu.Start(); err != nil {
		return nil, err
	}
	if err := m.connect(ctx, socket); err != nil {
		return nil, errors.Join(fmt.Errorf("boot by hand: %w: %s", err, m.said.String()), m.end())
	}
	m.took = time.Since(began)
	return m, nil
}

// end kills QEMU, which is the quickest way out of a machine that nobody needs.
func (m *rawMachine) end() error {
	if m.conn != nil {
		m.conn.Close()
	}
	m.qemu.Process.Kill()
	var exit *exec.ExitError
	if err := m.qemu.Wait(); err != nil && !errors.As(err, &exit) {
		return err
	}
	return nil
}

func (m *rawMachine) connect(ctx context.Context, socket string) (err error) {
	for m.conn == nil {
		if m.conn, err = net.Dial("unix", socket); err != nil {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(time.Millisecond):
			}
		}
	}
	m.session, err = guestlink.Connect(ctx, m.conn)
	return err
}

// exec runs a command over the bare guest link.
func (m *rawMachine) exec(ctx context.Context, streams guestlink.IO, args ...string) (time.Duration, error) {
	began := time.Now()
	stream, err := m.session.Open(ctx)
	if err != nil {
		return 0, err
	}
	exit, err := guestlink.RunExec(ctx, stream, guestlink.Exec{Args: args}, streams)
	if err == nil && exit.Code != 0 {
		err = fmt.Errorf("%v ended with %d", args, exit.Code)
	}
	return time.Since(began), err
}

func rawArgs(dir, socket string, p parts) []string {
	args := []string{
		"-nodefaults", "-no-user-config", "-no-reboot", "-display", "none",
		"-m", "512", "-smp", "1", "-kernel", p.kernel, "-initrd", p.initramfs,
		"-serial", "file:" + filepath.Join(dir, "console"),
		"-device", "virtio-serial-device", "-chardev", "socket,id=link,path=" + socket + ",server=on,wait=off",
		"-device", "virtserialport,chardev=link,name=banger.link",
	}
	args = append(args, p.tuning...)
	for _, d := range []struct{ serial, file, readonly string }{
		{"rootfs", p.rootfs, "on"}, {"system", filepath.Join(dir, "system"), "off"},
		{"work", filepath.Join(dir, "work"), "off"}, {"modules", p.modules, "on"},
	} {
		args = append(args, "-drive", "if=none,format=raw,id="+d.serial+",file="+d.file+",readonly="+d.readonly,
			"-device", "virtio-blk-device,drive="+d.serial+",serial="+d.serial)
	}
	return args
}

// tuningOf picks out of an engine's command line what makes it quick, so that the
// floor is QEMU at its best, by the same measure.
func tuningOf(engine []string) ([]string, error) {
	var tuning []string
	for i, arg := range engine {
		if slices.Contains([]string{"-machine", "-accel", "-cpu", "-append"}, arg) && i+1 < len(engine) {
			tuning = append(tuning, arg, engine[i+1])
		}
	}
	if len(tuning) != 8 {
		return nil, fmt.Errorf("the engine's command line is not understood: %q", engine)
	}
	return tuning, nil
}
