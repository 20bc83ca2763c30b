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
	reply := s.answer(req)
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

func (s *server) answer(req shim.Request) shim.Reply {
	reply, err := s.do(req)
	if err != nil {
		return shim.Reply{Problem: shim.NewProblem(err)}
	}
	return reply
}

func (s *server) do(req shim.Request) (reply shim.Reply, err error) {
	switch req.Op {
	case shim.OpStatus, shim.OpWatch:
		reply.Status = s.status()
	case shim.OpLease:
	case shim.OpPowerOff:
		s.powerOff(req.Timeout)
		reply.Exit = s.ending()
	case shim.OpUsage:
		var usage shim.Usage
		usage, err = s.usage()
		reply.Usage = &usage
	case shim.OpPause, shim.OpResume:
		err = s.setPaused(req.Op == shim.OpPause)
	case shim.OpExpose, shim.OpPublish, shim.OpUnpublish, shim.OpForwards:
		var forwards shim.Forwards
		forwards, err = s.forwards(req)
		reply.Forwards = &forwards
	case shim.OpPolicy:
		err = s.setPolicy(req.Policy)
	case shim.OpClaim:
		err = s.claim(req.Claim)
	case shim.OpSnapshot:
		reply.Paused, err = s.snapshot(req.Dir)
	case shim.OpKill:
		if err = s.kill(req.Signal); err == nil {
			reply.Exit = s.ending()
		}
	default:
		err = problem.New(problem.Invalid, "the supervisor knows no operation %q", req.Op)
	}
	return reply, err
}

func (s *server) status() *shim.Status {
	return &shim.Status{
		Shim: s.self, Engine: s.launch.Engine, EnginePID: s.machine.PID(),
		StartedAt: s.started, Guest: s.guest(), Stalled: s.stall.on.Load(), Paused: s.pause.now(), Used: s.uses.at(),
	}
}

// ending waits for the end.
func (s *server) ending() *shim.Exit {
	<-s.over
	return &s.exit
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
