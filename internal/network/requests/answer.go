package requests

import (
	"strings"
	"sync/atomic"
)

// Answer knows how a server's side of the connection begins. One goroutine may tell it while another asks.
type Answer struct {
	state atomic.Int32
	seen  string // while nothing is known
}

const (
	none     int32 = iota
	other          // it is no answer, or one that agrees to nothing
	switched       // the server has agreed to another protocol
)

// Saw is told what the server sends, before the client gets it.
func (a *Answer) Saw(p []byte) {
	if len(p) == 0 || a.now() != none {
		return
	}
	const agreed = "HTTP/1.1 101"
	a.seen += string(p[:min(len(p), len(agreed))])
	switch {
	case strings.HasPrefix(a.seen, agreed):
		a.state.Store(switched)
	case !strings.HasPrefix(agreed, a.seen):
		a.state.Store(other)
	}
}

func (a *Answer) now() int32 { return a.state.Load() }
