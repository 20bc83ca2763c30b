package guestlink

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"

	"banger/internal/problem"
)

// credit counts the bytes of stdin that the guest will take.
type credit struct {
	mu    sync.Mutex
	cond  sync.Cond
	bytes int
	ended bool
	err   error
}

func newCredit(bytes int) *credit {
	c := &credit{bytes: bytes}
	c.cond.L = &c.mu
	return c
}

// take waits for credit and takes up to want bytes of it; 0 when the command has ended.
func (c *credit) take(want int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.bytes == 0 && !c.ended {
		c.cond.Wait()
	}
	if c.ended {
		return 0
	}
	n := min(want, c.bytes)
	c.bytes -= n
	return n
}

// addFrame adds what a credit frame grants; a guest that grants more than the window lies.
func (c *credit) addFrame(payload []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(payload) != 4 || int64(c.bytes)+int64(binary.BigEndian.Uint32(payload)) > StdinWindow {
		return problem.New(problem.GuestFailed, "the guest sent an impossible credit for standard input")
	}
	c.bytes += int(binary.BigEndian.Uint32(payload))
	c.cond.Signal()
	return nil
}

func (c *credit) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	c.cond.Signal()
}

func (c *credit) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = err
}

func (c *credit) failure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// sendStdin sends r as frames, as far as credit goes, and then end of file. When r
// fails it closes conn, which ends the command: it must not take half of its input for all of it.
func sendStdin(conn net.Conn, r io.Reader, c *credit) {
	buf := make([]byte, FrameHeader+MaxFrame)
	for {
		n, err := r.Read(buf[FrameHeader:])
		if !sendBytes(conn, buf, n, c) {
			return
		}
		if errors.Is(err, io.EOF) {
			WriteFrame(conn, FrameStdinEOF, nil)
			return
		}
		if err != nil {
			c.fail(fmt.Errorf("read standard input: %w", err))
			conn.Close()
			return
		}
	}
}

// sendBytes sends the n bytes after buf's first FrameHeader. It is false when the command has ended.
func sendBytes(conn net.Conn, buf []byte, n int, c *credit) bool {
	for n > 0 {
		part := c.take(n)
		if part == 0 {
			return false
		}
		if _, err := conn.Write(SealFrame(FrameStdin, buf[:FrameHeader+part])); err != nil {
			return false
		}
		buf, n = buf[part:], n-part
	}
	return true
}
