package agent

import (
	"errors"
	"io"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"banger/internal/agent/rawio"
	"banger/internal/guestlink"
)

// outputGrace is how long output that other processes hold open is followed after a command's end.
const outputGrace = 250 * time.Millisecond

// outputFrame is the size of a full frame of output. With the header that yamux adds it is 64 KiB: two writes to the port, whose
// driver takes 32 KiB at a time, and not three.
const outputFrame = 64<<10 - 12

// buffers are frames to be. A command that is silent holds none, which keeps hundreds of them cheap.
var buffers = sync.Pool{New: func() any {
	buf := make([]byte, guestlink.MaxFrame)
	return &buf
}}

// forward sends what f gives as frames of a kind, until its end or until w fails. After f's read deadline
// it sends what lies in the pipe at that moment and no more: all that an ended command wrote, while
// a writer that never pauses cannot hold it.
func forward(w io.Writer, kind guestlink.FrameType, f *os.File) {
	raw, err := f.SyscallConn()
	for err == nil {
		_, err = forwardOnce(w, kind, raw, true)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		f.SetReadDeadline(time.Time{})
		err = nil
		for n, left := 0, pipeSize; err == nil && left > 0; left -= n {
			n, err = forwardOnce(w, kind, raw, false)
		}
	}
}

// forwardOnce reads once, waiting for data if wait is set, and sends a frame.
func forwardOnce(w io.Writer, kind guestlink.FrameType, raw syscall.RawConn, wait bool) (n int, err error) {
	var frame *[]byte
	waitErr := raw.Read(func(fd uintptr) bool {
		frame = buffers.Get().(*[]byte)
		n, err = rawio.Read(fd, (*frame)[guestlink.FrameHeader:outputFrame])
		if err == unix.EAGAIN && wait {
			buffers.Put(frame)
			frame = nil
			return false
		}
		return true
	})
	if frame != nil {
		defer buffers.Put(frame)
	}
	switch {
	case waitErr != nil:
		return 0, waitErr
	case err != nil:
		return 0, err // EIO: nobody has the terminal open any more
	case n == 0:
		return 0, io.EOF
	}
	_, err = w.Write(guestlink.SealFrame(kind, (*frame)[:guestlink.FrameHeader+n]))
	return n, err
}
