package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"encoding/json"

	"banger/api"
	"banger/internal/shim"
)

// server stands on this host's loopback: a web server whose path is how many bytes it gives, and one that only holds connections.
type server struct {
	web, hold uint16
	listeners []net.Listener

	arrived chan struct{} // gets one for each connection that is held

	mu   sync.Mutex
	held []net.Conn
}

func newServer() (*server, error) {
	s := &server{arrived: make(chan struct{}, 2*manyConns)}
	for _, port := range []*uint16{&s.web, &s.hold} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			s.close()
			return nil, err
		}
		s.listeners = append(s.listeners, l)
		*port = l.Addr().(*net.TCPAddr).AddrPort().Port()
	}
	go http.Serve(s.listeners[0], http.HandlerFunc(give))
	go s.accept(s.listeners[1])
	return s, nil
}

func give(w http.ResponseWriter, r *http.Request) {
	size, _ := strconv.ParseInt(strings.TrimPrefix(r.URL.Path, "/"), 10, 64)
	w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
	io.CopyN(w, zeros{}, size)
}

// zeros never end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func (s *server) accept(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.held = append(s.held, c)
		s.mu.Unlock()
		s.arrived <- struct{}{}
	}
}

// await returns when so many connections are held.
func (s *server) await(ctx context.Context, n int) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	for held := range n {
		select {
		case <-s.arrived:
		case <-ctx.Done():
			return fmt.Errorf("the guest has made %d connections of %d: %w", held, n, ctx.Err())
		}
	}
	return nil
}

func (s *server) ports() string { return fmt.Sprintf("%d,%d", s.web, s.hold) }

func (s *server) close() {
	for _, l := range s.listeners {
		l.Close()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.held {
		c.Close()
	}
}

// supervisor is how much memory of its own a VM's supervisor has (Pss), in bytes.
func (b *benchmark) supervisor(ctx context.Context, name string) (int64, error) {
	var shown bytes.Buffer
	if _, err := b.banger(ctx, nil, &shown, "vm", "show", name, "--json"); err != nil {
		return 0, err
	}
	var vm api.VM
	if err := json.Unmarshal(shown.Bytes(), &vm); err != nil {
		return 0, err
	}
	status, err := shim.Ask(ctx, vm.Socket, shim.Request{Op: shim.OpStatus})
	if err != nil {
		return 0, err
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", status.Status.Shim.PID))
	if err != nil {
		return 0, err
	}
	kib, err := strconv.ParseInt(regexp.MustCompile(`(?m)^Pss: *([0-9]+)`).FindStringSubmatch(string(text))[1], 10, 64)
	return kib << 10, err
}
