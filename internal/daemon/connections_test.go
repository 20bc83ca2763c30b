package daemon

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"banger/api"
	"banger/internal/unixsock"
)

// Ten thousand connections at once leave a daemon that works: those beyond its limit wait, or are turned away by the kernel.
func TestTenThousandConnections(t *testing.T) {
	i := start(t, testOptions(testPaths(t)))
	const many = 10_000
	conns := make([]net.Conn, many)
	var refused atomic.Int64
	var all sync.WaitGroup
	for part := range 8 {
		all.Go(func() {
			for n := part; n < many; n += 8 {
				conn, err := unixsock.Dial(t.Context(), i.paths.Socket())
				switch {
				case errors.Is(err, syscall.EAGAIN):
					refused.Add(1)
				case err != nil:
					t.Error(err)
					return
				default:
					conns[n] = conn
				}
			}
		})
	}
	all.Wait()
	// The daemon lets go of those that say nothing, so that whoever asks has a turn.
	i.eventually("it answers in the midst of them", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		resp, err := i.try(ctx, http.MethodGet, "/v1/status", nil)
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
	for _, conn := range conns {
		if conn != nil {
			conn.Close()
		}
	}
	get200[api.Status](i, "/v1/status")
	if refused.Load() == many {
		t.Error("all were turned away")
	}
}

func TestLimitedListener(t *testing.T) {
	socket := t.TempDir() + "/s"
	inner, err := unixsock.Listen(socket)
	if err != nil {
		t.Fatal(err)
	}
	l := limited(inner, 1)
	dial := func() {
		conn, err := unixsock.Dial(t.Context(), socket)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
	}
	dial()
	dial()
	first, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if err := unixsock.AllowPeer(first); err != nil {
		t.Errorf("who connected cannot be told: %v", err)
	}
	second := make(chan net.Conn)
	accept := func() {
		conn, _ := l.Accept()
		second <- conn
	}
	go accept()
	select {
	case <-second:
		t.Fatal("a connection was accepted beyond the limit")
	case <-time.After(20 * time.Millisecond): // it could be later still; then this test sees nothing
	}
	l.quiet.note(first, http.StateIdle) // frees its place
	first.Close()                       // and that once
	if conn := <-second; conn == nil {
		t.Fatal("the one that waited was not accepted")
	}
	go accept()
	l.Close()
	if conn := <-second; conn != nil {
		t.Error("accepted after the end")
	}
}
