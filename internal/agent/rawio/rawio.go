package rawio

import (
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Read is read(2) of fd, which must be non-blocking.
func Read(fd uintptr, p []byte) (int, error) { return transfer(unix.SYS_READ, fd, p) }

// Write is write(2) to fd, which must be non-blocking.
func Write(fd uintptr, p []byte) (int, error) { return transfer(unix.SYS_WRITE, fd, p) }

func transfer(call, fd uintptr, p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		n, _, errno := unix.RawSyscall(call, fd, uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)))
		switch errno {
		case 0:
			return int(n), nil
		case unix.EINTR:
		default:
			return 0, errno
		}
	}
}

// File is an open file that waits in Go's poller and moves bytes in raw calls.
type File struct {
	file *os.File
	raw  syscall.RawConn
}

// NewFile takes over f, which must be in non-blocking mode, as os.OpenFile leaves what can be polled.
func NewFile(f *os.File) (*File, error) {
	raw, err := f.SyscallConn()
	return &File{f, raw}, err
}

// Read implements io.Reader for a virtio-serial port: no bytes mean that no host is connected
// yet, not that there will be none. The kernel names a port before it knows of its host, and who closes the port then
// throws away what the host has sent meanwhile.
func (f *File) Read(p []byte) (n int, err error) {
	if len(p) == 0 {
		return 0, nil
	}
	waitErr := f.raw.Read(func(fd uintptr) bool {
		n, err = Read(fd, p)
		return n > 0 || err != nil && err != unix.EAGAIN
	})
	if waitErr != nil {
		return 0, waitErr
	}
	return n, err
}

// Write implements io.Writer.
func (f *File) Write(p []byte) (done int, err error) {
	for done < len(p) {
		n := 0
		waitErr := f.raw.Write(func(fd uintptr) bool {
			n, err = Write(fd, p[done:])
			return err != unix.EAGAIN
		})
		if waitErr != nil {
			return done, waitErr
		}
		if err != nil {
			return done, err
		}
		done += n
	}
	return done, nil
}

// Close closes the file; a Read or Write that waits fails.
func (f *File) Close() error { return f.file.Close() }
