package server

import (
	"context"
	"io"
	"log/slog"
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"banger/internal/guestlink"
	"banger/internal/operation"
	"banger/internal/problem"
	"banger/internal/process"
	"banger/internal/shim"
	"banger/internal/unixsock"
)

const (
	// requestTimeout bounds the wait for a client's request, and for the guest to take a stream.
	requestTimeout = 10 * time.Second
	// signalTimeout bounds the wait for an engine that was sent a signal it may ignore.
	signalTimeout = 10 * time.Second
)

func (s *server) listen() error {
	var err error
	s.listener, err = unixsock.Listen(s.launch.Socket)
	return err
}

// accept serves clients until the listener is closed.
func (s *server) accept() {
	for {
		conn, err := s.listener.AcceptUnix()
		if err != nil {
			return
		}
		s.clients.Add(1)
		go func() {
			defer s.clients.Done()
			defer conn.Close()
			s.serve(conn)
		}()
	}
}

func (s *server) serve(conn *net.UnixConn) {
	if unixsock.AllowPeer(conn) != nil {
		return
	}
	var req shim.Request
	conn.SetReadDeadline(time.Now().Add(requestTimeout))
	if guestlink.ReadMessage(conn, &req) != nil {
		return
	}
	conn.SetReadDeadline(time.Time{})
	if req.Op == shim.OpGuest {
		if !req.Aside {
			defer s.uses.begin()()
		}
		s.passOn(conn)
		return
	}
	if req.Op == shim.OpDial {
		defer s.uses.begin()()
		s.dial(conn, req.Port)
		return
	}
	if req.Op == shim.OpLease {
		defer s.leases.take()() // before the client can know of it
	}
	reply := s.answer(conn, req)
	s.note(req, reply)
	guestlink.WriteMessage(conn, reply)
	switch {
	case reply.Problem != nil:
	case req.Op == shim.OpLease:
		s.hold(conn)
	case req.Op == shim.OpWatch:
		s.awaitEnd(conn, reply.Status)
	}
}

// note logs what changes the machine.
func (s *server) note(req shim.Request, reply shim.Reply) {
	ctx := operation.With(context.Background(), req.Operation)
	switch {
	case reply.Problem != nil:
		s.log.WarnContext(ctx, "a request failed", slog.String("op", string(req.Op)), slog.String("error", reply.Problem.Message))
	case req.Op != shim.OpStatus && req.Op != shim.OpWatch && req.Op != shim.OpUsage && req.Op != shim.OpForwards:
		s.log.InfoContext(ctx, "a request was done", slog.String("op", string(req.Op)))
	}
}

func (s *server) answer(conn net.Conn, req shim.Request) shim.Reply {
	switch req.Op {
	case shim.OpStatus, shim.OpWatch:
		return shim.Reply{Status: s.status()}
	case shim.OpLease:
		return shim.Reply{}
	case shim.OpPowerOff:
		s.powerOff(req.Timeout)
		return s.exitReply()
	case shim.OpUsage:
		usage, err := s.usage()
		if err != nil {
			return shim.Reply{Problem: shim.NewProblem(err)}
		}
		return shim.Reply{Usage: &usage}
	case shim.OpPause, shim.OpResume:
		if err := s.setPaused(req.Op == shim.OpPause); err != nil {
			return shim.Reply{Problem: shim.NewProblem(err)}
		}
		return shim.Reply{}
	case shim.OpExpose, shim.OpPublish, shim.OpUnpublish, shim.OpForwards:
		forwards, err := s.forwards(req)
		if err != nil {
			return shim.Reply{Problem: shim.NewProblem(err)}
		}
		return shim.Reply{Forwards: &forwards}
	case shim.OpPolicy:
		if err := s.setPolicy(req.Policy); err != nil {
			return shim.Reply{Problem: shim.NewProblem(err)}
		}
		return shim.Reply{}
	case shim.OpClaim:
		if err := s.claim(req.Claim); err != nil {
			return shim.Reply{Problem: shim.NewProblem(err)}
		}
		return shim.Reply{}
	case shim.OpSnapshot:
		paused, err := s.snapshot(req.Dir)
		if err != nil {
			return shim.Reply{Problem: shim.NewProblem(err)}
		}
		return shim.Reply{Paused: paused}
	case shim.OpKill:
		if err := s.kill(req.Signal); err != nil {
			return shim.Reply{Problem: shim.NewProblem(err)}
		}
		return s.exitReply()
	}
	return shim.Reply{Problem: shim.NewProblem(problem.New(problem.Invalid, "the supervisor knows no operation %q", req.Op))}
}

func (s *server) status() *shim.Status {
	return &shim.Status{
		Shim: s.self, Engine: s.launch.Engine, EnginePID: s.machine.PID(),
		StartedAt: s.started, Guest: s.guest(), Stalled: s.stall.on.Load(), Paused: s.pause.now(), Used: s.uses.at(),
	}
}

func (s *server) exitReply() shim.Reply {
	<-s.over
	return shim.Reply{Exit: &s.exit}
}

// hold keeps the lease until the client closes the connection, which is its only way to speak.
func (s *server) hold(conn net.Conn) {
	go func() {
		<-s.over
		conn.Close()
	}()
	io.Copy(io.Discard, conn)
}

// awaitEnd tells a watcher of what changes and of the end, unless it goes first.
func (s *server) awaitEnd(conn net.Conn, told *shim.Status) {
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		io.Copy(io.Discard, conn)
	}()
	for {
		changed := s.news.wait()
		if now := s.status(); now.Stalled != told.Stalled || now.Paused != told.Paused || now.Used.Unix() != told.Used.Unix() {
			guestlink.WriteMessage(conn, shim.Reply{Status: now})
			told = now
		}
		select {
		case <-changed:
		case <-s.over:
			guestlink.WriteMessage(conn, shim.Reply{Exit: &s.exit})
			return
		case <-gone:
			return
		}
	}
}

func (s *server) kill(name string) error {
	if name == "" || name == "KILL" {
		s.asked.Store(true)
		return s.machine.Kill()
	}
	signal := unix.SignalNum("SIG" + name)
	if signal == 0 {
		return problem.New(problem.Invalid, "there is no signal called %q", name)
	}
	return s.signal(signal)
}

// signal sends a signal that lets the engine end in order.
func (s *server) signal(signal syscall.Signal) error {
	engine, err := process.Of(s.machine.PID())
	if err != nil {
		return nil // it has ended meanwhile
	}
	s.asked.Store(true)
	if err := engine.Signal(signal); err != nil {
		return err
	}
	select {
	case <-s.machine.Done():
		return nil
	case <-time.After(signalTimeout):
		return problem.New(problem.Timeout, "the engine did not end in %s after signal %d", signalTimeout, signal).
			WithRemedy("without --signal it is killed for certain")
	}
}

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
