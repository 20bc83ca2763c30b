package server

import (
	"context"
	"io"
	"net"

	"banger/internal/guestlink"
	"banger/internal/problem"
	"banger/internal/shim"
)

// passOn joins a client with a new stream to the guest's agent. Either side's end
// is the other's: the agent ends a command whose client has gone.
func (s *server) passOn(conn *net.UnixConn) {
	stream, err := s.openStream()
	if err != nil {
		guestlink.WriteMessage(conn, shim.Reply{Problem: shim.NewProblem(err)})
		return
	}
	defer stream.Close()
	if guestlink.WriteMessage(conn, shim.Reply{}) != nil {
		return
	}
	go func() {
		io.Copy(stream, conn)
		stream.Close()
	}()
	io.Copy(conn, stream)
}

func (s *server) openStream() (net.Conn, error) {
	session := s.guestSession()
	if session == nil {
		return nil, problem.New(problem.Conflict, "the guest still boots")
	}
	ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
	defer cancel()
	stream, err := session.Open(ctx)
	if err != nil {
		return nil, problem.New(problem.GuestFailed, "open a stream to the guest's agent: %w", err).
			WithRemedy("banger vm logs %s shows what its console said", s.name())
	}
	return stream, nil
}
