package relay

import (
	"bytes"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"syscall"
	"testing"
)

// pair is both ends of a TCP connection.
func pair(t *testing.T) (a, b *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	d, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); d.Close() })
	return c.(*net.TCPConn), d.(*net.TCPConn)
}

// joined joins two connections and gives their outer ends.
func joined(t *testing.T) (a, b *net.TCPConn, ab, ba *atomic.Int64, ended chan error) {
	t.Helper()
	ab, ba, ended = new(atomic.Int64), new(atomic.Int64), make(chan error, 1)
	a, inner := pair(t)
	b, other := pair(t)
	go func() {
		ended <- Pipe(Host(inner), Host(other), Small, func(x, y int) {
			ab.Add(int64(x))
			ba.Add(int64(y))
		})
	}()
	return a, b, ab, ba, ended
}

func TestOneEndLeavesTheOtherOpen(t *testing.T) {
	a, b, ab, ba, ended := joined(t)
	sent := bytes.Repeat([]byte("0123456789"), 100000)
	go func() {
		a.Write(sent)
		a.CloseWrite()
	}()
	got, err := io.ReadAll(b)
	if err != nil || !bytes.Equal(got, sent) {
		t.Fatalf("%d bytes, %v", len(got), err)
	}
	go func() {
		b.Write(sent[:5])
		b.CloseWrite()
	}()
	if got, err = io.ReadAll(a); err != nil || string(got) != "01234" {
		t.Errorf("%q, %v", got, err)
	}
	if err := <-ended; err != nil || ab.Load() != int64(len(sent)) || ba.Load() != 5 {
		t.Errorf("%v, %d and %d bytes", err, ab.Load(), ba.Load())
	}
}

func TestAResetIsPassedOn(t *testing.T) {
	for _, backwards := range []bool{false, true} {
		a, b, _, _, ended := joined(t)
		if backwards {
			a, b = b, a
		}
		a.SetLinger(0)
		a.Close()
		if _, err := b.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("the other end saw %v", err)
		}
		if err := <-ended; !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("ended with %v", err)
		}
	}
}

// TestWaitingTakesNoBytes proves that WaitRead leaves what has come to Read.
func TestWaitingTakesNoBytes(t *testing.T) {
	a, b := pair(t)
	waited := make(chan struct{})
	go func() { Host(b).WaitRead(); close(waited) }()
	select {
	case <-waited:
		t.Fatal("ready without a byte")
	default:
	}
	a.Write([]byte("x"))
	<-waited
	got := make([]byte, 2)
	if n, err := b.Read(got); n != 1 || got[0] != 'x' || err != nil {
		t.Errorf("%q, %v", got[:n], err)
	}
	a.Close()
	Host(b).WaitRead() // an end is something to read
}
