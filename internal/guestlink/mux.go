package guestlink

import (
	"io"
	"math"

	"github.com/hashicorp/yamux"
)

const (
	// streamWindow is how many unread bytes of one stream either end stores. With the
	// round trip of an emulated guest, 1-2 ms, less of it would cost throughput.
	streamWindow = 1 << 20
	// backlog is how many streams may be opened before the first is accepted.
	backlog = 1024
)

// muxConfig has neither keep-alive nor time-outs: a paused guest answers nothing, and that is no error.
func muxConfig() *yamux.Config {
	c := yamux.DefaultConfig()
	c.AcceptBacklog = backlog
	c.EnableKeepAlive = false
	c.ConnectionWriteTimeout = math.MaxInt64
	c.StreamOpenTimeout = 0
	c.StreamCloseTimeout = 0
	c.MaxStreamWindowSize = streamWindow
	c.LogOutput = io.Discard
	return c
}
