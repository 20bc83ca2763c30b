package agent

import (
	"os"
	"time"

	"golang.org/x/sys/unix"

	"banger/internal/guestlink"
)

// pipeSize is that of output pipes, in bytes. The kernel takes memory only for what lies in them.
const pipeSize = 256 << 10

// stdio is what a command reads and writes, and the agent's ends of that.
type stdio struct {
	child [3]int // the command's standard input, output, error output
	ours  []int  // those of child that are closed once the command runs

	in  *os.File // nil: the command reads end of file
	out *os.File // nil: output goes to the console
	err *os.File // nil: as out, with a terminal
	tty *os.File // the terminal's master; in and out are the same file then
}

// openStdio opens what x asks for. On an error nothing stays open.
func (a *Agent) openStdio(x guestlink.Exec, uid uint32) (*stdio, error) {
	s := &stdio{child: [3]int{a.null, a.null, a.null}}
	err := s.open(a, x, uid)
	if err != nil {
		s.closeChild()
		s.close()
	}
	return s, err
}

func (s *stdio) open(a *Agent, x guestlink.Exec, uid uint32) (err error) {
	switch {
	case x.Detach:
		console := int(a.sys.Console().Fd())
		s.child[1], s.child[2] = console, console
		return nil
	case x.TTY:
		return s.openTerminal(guestlink.Size{Rows: x.Rows, Cols: x.Cols}, uid)
	case x.Stdin:
		if s.child[0], s.in, err = s.inputPipe(); err != nil {
			return err
		}
	}
	if s.child[1], s.out, err = s.outputPipe(); err == nil {
		s.child[2], s.err, err = s.outputPipe()
	}
	return err
}

func (s *stdio) openTerminal(size guestlink.Size, uid uint32) error {
	master, slave, err := openTerminal(size, uid)
	if err != nil {
		return err
	}
	s.tty, s.in, s.out = master, master, master
	s.child, s.ours = [3]int{slave, slave, slave}, []int{slave}
	return nil
}

// inputPipe makes a pipe that the command reads and the agent writes.
func (s *stdio) inputPipe() (int, *os.File, error) {
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
		return -1, nil, os.NewSyscallError("pipe", err)
	}
	s.ours = append(s.ours, p[0])
	return p[0], agentEnd(p[1]), nil
}

// outputPipe makes a pipe that the command writes and the agent reads.
func (s *stdio) outputPipe() (int, *os.File, error) {
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
		return -1, nil, os.NewSyscallError("pipe", err)
	}
	s.ours = append(s.ours, p[1])
	unix.FcntlInt(uintptr(p[0]), unix.F_SETPIPE_SZ, pipeSize) // refused to users with many pipes: then it stays small
	return p[1], agentEnd(p[0]), nil
}

// agentEnd is fd as a file whose reads and writes wait in Go's poller and not in threads. The other
// end of the pipe stays blocking, as commands expect.
func agentEnd(fd int) *os.File {
	unix.SetNonblock(fd, true)
	return os.NewFile(uintptr(fd), "pipe")
}

// endInput passes end of file on to the command.
func (s *stdio) endInput() {
	if s.tty == nil {
		s.in.Close()
		return
	}
	var eof []byte
	if raw, err := s.tty.SyscallConn(); err == nil {
		raw.Control(func(fd uintptr) { eof = endOfFile(int(fd)) })
	}
	s.tty.Write(eof)
}

// limitOutput makes reads of output fail from then on.
func (s *stdio) limitOutput(then time.Time) {
	s.out.SetReadDeadline(then)
	if s.err != nil {
		s.err.SetReadDeadline(then)
	}
}

// closeChild closes the command's ends, which it has inherited.
func (s *stdio) closeChild() {
	for _, fd := range s.ours {
		unix.Close(fd)
	}
	s.ours = nil
}

// close closes the agent's ends.
func (s *stdio) close() {
	for _, f := range []*os.File{s.in, s.out, s.err} {
		if f != nil {
			f.Close() // a second time for a terminal, which is an error that says nothing
		}
	}
}
