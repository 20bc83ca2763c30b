package server

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"banger/internal/guestlink"
	"banger/internal/shim"
	"banger/internal/vmm"
)

const (
	// hostShutdown is how long a guest gets when the host itself shuts down and
	// sends SIGTERM to the shim; init systems kill after 90 s.
	hostShutdown = 30 * time.Second
	// idleShutdown is how long a guest gets that nobody has used for too long.
	idleShutdown = 10 * time.Second
	// answerGrace bounds the wait for clients to take their last answer.
	answerGrace = 5 * time.Second
)

// supervise returns when the machine has ended.
func (s *server) supervise(ctx context.Context) {
	unheld := s.leases.watch(s.launch.Ephemeral)
	s.uses.setLimit(s.launch.IdleStop)
	idle := s.awaitIdle()
	select {
	case <-s.machine.Done():
	case <-unheld:
		s.asked.Store(true)
		s.machine.Kill()
	case <-idle:
		s.endIdle()
	case <-ctx.Done():
		s.powerOff(hostShutdown)
	}
	<-s.machine.Done()
}

// powerOff asks the guest, waits, and kills it when it does not end in time. One that stands still must run for that.
func (s *server) powerOff(timeout time.Duration) {
	s.asked.Store(true)
	if s.pause.now() {
		if err := s.setPaused(false); err != nil {
			fmt.Fprintf(s.engineLog, "banger: resume the guest to power it off: %v\n", err)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	if session := s.guestSession(); session != nil {
		go session.Call(ctx, guestlink.Request{Op: guestlink.OpPowerOff})
		select {
		case <-s.machine.Done():
			return
		case <-ctx.Done():
			fmt.Fprintf(s.engineLog, "banger: the guest did not power off in %s and was killed\n", timeout)
		}
	}
	s.machine.Kill()
}

func (s *server) guestSession() *guestlink.Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.session
}

// ended writes down how it ended, tells whoever waits, and returns startErr.
func (s *server) ended(startErr error) error {
	exit := shim.Exit{Cause: vmm.CauseFailed, At: time.Now(), Asked: s.asked.Load()}
	if s.machine != nil {
		<-s.machine.Done()
		exit.Cause, exit.Detail = s.machine.Exit().Cause, s.machine.Exit().Detail
	}
	s.mu.Lock()
	why := s.why
	s.mu.Unlock()
	if startErr != nil {
		exit.Detail = startErr.Error()
	} else if why != "" {
		exit.Detail = why
	} else if exit.Cause == vmm.CauseReset && !exit.Asked {
		exit.Detail += s.lastWords()
	}
	if err := writeFile(s.path(shim.ExitFile), exit); err != nil {
		fmt.Fprintf(s.engineLog, "banger: write down how the machine ended: %v\n", err)
	}
	s.log.Info("the machine has ended", slog.String("cause", string(exit.Cause)), slog.String("detail", exit.Detail), slog.Bool("asked", exit.Asked))
	s.exit = exit
	close(s.over)
	s.dismiss()
	return startErr
}

// dismiss lets clients that wait for the end read it.
func (s *server) dismiss() {
	if s.listener != nil {
		s.listener.Close() // removes the socket
	}
	answered := make(chan struct{})
	go func() {
		s.clients.Wait()
		close(answered)
	}()
	select {
	case <-answered:
	case <-time.After(answerGrace):
	}
}
