package stack

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

// serverVariable has the test program be a process with nothing but a network: its wire is descriptor 3, and
// the variable's value the server that all its connections go to.
const serverVariable = "BANGER_TEST_SERVER"

func TestMain(m *testing.M) {
	server := os.Getenv(serverVariable)
	if server == "" {
		os.Exit(m.Run())
	}
	wire, err := net.FileConn(os.NewFile(3, "wire"))
	if err != nil {
		panic(err)
	}
	alone := &world{allow: func(a Attempt) Verdict {
		return Verdict{Allow: true, Inspect: a.Destination.String() == inspectedServer}
	}}
	n, err := New(wire, Config{
		Addresses: guestAddresses, Policy: alone, Resolver: alone, Observe: func(Event) {},
		Dialer: dialerFunc(func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, server)
		}),
	})
	if err != nil {
		panic(err)
	}
	<-n.Done()
}

// resident is the private and shared memory that a process holds in RAM, in KiB.
func resident(t *testing.T, pid int) (kib int) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	if _, err := fmt.Sscan(rest, &kib); err != nil {
		t.Fatal(err)
	}
	return kib
}

// inspectedServer is where what the guest says is looked at.
const inspectedServer = "198.51.100.2:80"

// TestConnectionsAreSmall measures what 2,000 connections that have been used and are idle cost a process.
func TestConnectionsAreSmall(t *testing.T) {
	t.Run("plain", func(t *testing.T) { connectionsAreSmall(t, server4, "word", 40*instrumented()) })
	t.Run("HTTP by name", func(t *testing.T) { connectionsAreSmall(t, inspectedServer, good, 48*instrumented()) })
}

func connectionsAreSmall(t *testing.T, server, word string, each int) { // KiB
	const many = 2000
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go echoes(c.(*net.TCPConn))
		}
	}()
	host, wire := socketpair(t)
	file, err := host.(*net.UnixConn).File()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env, cmd.ExtraFiles, cmd.Stderr = append(os.Environ(), serverVariable+"="+l.Addr().String()), []*os.File{file}, os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	file.Close()
	host.Close()
	g := newGuest(t, wire)
	talk(t, g.mustDial(server), word)
	before := resident(t, cmd.Process.Pid)
	var talking sync.WaitGroup
	turns := make(chan struct{}, 64)
	for range many {
		turns <- struct{}{}
		talking.Go(func() {
			defer func() { <-turns }()
			talk(t, g.mustDial(server), word)
		})
	}
	talking.Wait()
	after := resident(t, cmd.Process.Pid)
	t.Logf("%d KiB with one connection, %d KiB with %d", before, after, many)
	if (after-before)/many > each {
		t.Errorf("%d KiB for each of %d connections, more than %d", (after-before)/many, many, each)
	}
	g.wire.Close()
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}
