package agent

import (
	"os"

	"golang.org/x/sys/unix"

	"banger/internal/guestlink"
)

// openTerminal makes a pseudo terminal: master is the agent's end, slave the command's, a
// descriptor that the caller closes. It belongs to uid, so that the command can open it again by its name.
func openTerminal(size guestlink.Size, uid uint32) (master *os.File, slave int, err error) {
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, -1, os.NewSyscallError("open /dev/ptmx", err)
	}
	master = os.NewFile(uintptr(fd), "/dev/ptmx")
	if slave, err = openSlave(fd, uid); err == nil {
		err = resize(fd, size)
	}
	if err != nil {
		master.Close()
	}
	return master, slave, os.NewSyscallError("set up a pseudo terminal", err)
}

func openSlave(master int, uid uint32) (int, error) {
	if err := unix.IoctlSetPointerInt(master, unix.TIOCSPTLCK, 0); err != nil {
		return -1, err
	}
	flags := uintptr(unix.O_RDWR | unix.O_NOCTTY | unix.O_CLOEXEC)
	fd, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(master), unix.TIOCGPTPEER, flags)
	if errno != 0 {
		return -1, errno
	}
	slave := int(fd)
	if err := unix.Fchown(slave, int(uid), -1); err != nil {
		unix.Close(slave)
		return -1, err
	}
	return slave, nil
}

// resize tells the terminal its size; zeros say that it is not known.
func resize(master int, size guestlink.Size) error {
	return unix.IoctlSetWinsize(master, unix.TIOCSWINSZ, &unix.Winsize{Row: size.Rows, Col: size.Cols})
}

// endOfFile is what typing end of file on the terminal takes: nothing when it is in raw mode.
func endOfFile(master int) []byte {
	mode, err := unix.IoctlGetTermios(master, unix.TCGETS)
	if err != nil || mode.Lflag&unix.ICANON == 0 {
		return nil
	}
	return mode.Cc[unix.VEOF : unix.VEOF+1]
}
