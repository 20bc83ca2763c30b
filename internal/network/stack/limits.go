package stack

import "time"

// Limits bound what one guest can take. The zero value of each means its default.
type Limits struct {
	// Connections of TCP that exist at once, in whatever state, from the guest and to it. Default 4096.
	Connections int
	// HalfOpen connections among them: not answered by the server or not acknowledged by the guest. Default 512.
	HalfOpen int
	// Sessions of UDP at once. Default 512.
	Sessions int
	// Pings are pairs of destination and id at once. Default 32.
	Pings int
	// Queries of DNS that are worked on at once. Default 64.
	Queries int
	// Buffers are the bytes that all TCP buffers may hold together, beside a minimum of 32 KiB for each connection. Default 64 MiB.
	Buffers int
	// SessionIdle and PingIdle end what has not moved a byte for so long. Default 2 minutes and 10 seconds.
	SessionIdle, PingIdle time.Duration
	// Dial bounds how long the host tries to connect. Default 30 seconds.
	Dial time.Duration
}

func (l Limits) withDefaults() Limits {
	or(&l.Connections, 4096)
	or(&l.HalfOpen, 512)
	or(&l.Sessions, 512)
	or(&l.Pings, 32)
	or(&l.Queries, 64)
	or(&l.Buffers, 64<<20)
	or(&l.SessionIdle, 2*time.Minute)
	or(&l.PingIdle, 10*time.Second)
	or(&l.Dial, 30*time.Second)
	return l
}

func or[T comparable](field *T, standard T) {
	var none T
	if *field == none {
		*field = standard
	}
}
