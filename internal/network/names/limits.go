package names

import "time"

// What the server's clients may take of the daemon. They are programs of this host.
const (
	maxPackets     = 256             // queries by UDP under way at once; those beyond get no answer, and are sent again
	maxConnections = 64              // of TCP, with one query each at a time; others wait in the kernel's queue
	maxMessage     = 1232            // bytes by UDP, as the resolver's; TCP has 64 KiB
	idle           = 5 * time.Second // a connection without a query
	patience       = 2 * time.Second // one lookup
)

// How long an answer may be remembered, in seconds. A VM that is gone, or has just been made, should be so for everybody soon.
const (
	ttl         = 5
	negativeTTL = 1
)
