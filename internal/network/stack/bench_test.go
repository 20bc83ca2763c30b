package stack

import (
	"io"
	"net"
	"testing"
)

const megabyte = 1 << 20

// BenchmarkToGuest and BenchmarkFromGuest move a megabyte an operation through the network, with a stack as guest: what is measured
// is two stacks, the wire, and a connection of the host's loopback.
func BenchmarkToGuest(b *testing.B) {
	w, wire := newWorld(b, Limits{})
	g := newGuest(b, wire)
	w.serve(server4, func(c *net.TCPConn) {
		piece := make([]byte, megabyte)
		for {
			if _, err := c.Write(piece); err != nil {
				return
			}
		}
	})
	c, err := g.dial(server4)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	piece := make([]byte, megabyte)
	b.SetBytes(megabyte)
	for b.Loop() {
		if _, err := io.ReadFull(c, piece); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFromGuest(b *testing.B) {
	w, wire := newWorld(b, Limits{})
	g := newGuest(b, wire)
	read := make(chan struct{})
	w.serve(server4, func(c *net.TCPConn) {
		piece := make([]byte, megabyte)
		for {
			if _, err := io.ReadFull(c, piece); err != nil {
				return
			}
			read <- struct{}{}
		}
	})
	c, err := g.dial(server4)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	go func() {
		for piece := make([]byte, megabyte); ; {
			if _, err := c.Write(piece); err != nil {
				return
			}
		}
	}()
	b.SetBytes(megabyte)
	for b.Loop() {
		<-read
	}
}

// BenchmarkConnect sets one connection up and closes it.
func BenchmarkConnect(b *testing.B) {
	w, wire := newWorld(b, Limits{})
	g := newGuest(b, wire)
	w.serve(server4, echoes)
	for b.Loop() {
		c, err := g.dial(server4)
		if err != nil {
			b.Fatal(err)
		}
		c.Close()
	}
}
