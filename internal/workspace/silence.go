package workspace

import (
	"context"
	"net"
	"time"

	"banger/internal/problem"
)

// patience is how long a guest may neither say nor take anything in the middle of a request.
const patience = 3 * time.Minute

// listening ends ctx when conn, which it gives back, has been silent for too long.
func listening(ctx context.Context, conn net.Conn) (context.Context, net.Conn, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	silence := time.AfterFunc(patience, func() {
		cancel(problem.New(problem.Timeout, "the guest has been silent for %v", patience))
	})
	return ctx, &heard{conn, silence}, func() { silence.Stop(); cancel(nil) }
}

// heard is a connection that begins the silence anew whenever bytes pass.
type heard struct {
	net.Conn
	silence *time.Timer
}

func (h *heard) Read(p []byte) (n int, err error) {
	n, err = h.Conn.Read(p)
	if n > 0 {
		h.silence.Reset(patience)
	}
	return n, err
}

func (h *heard) Write(p []byte) (n int, err error) {
	n, err = h.Conn.Write(p)
	if n > 0 {
		h.silence.Reset(patience)
	}
	return n, err
}
