package daemon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"banger/internal/config"
	"banger/internal/logfile"
	"banger/internal/operation"
	"banger/internal/paths"
	"banger/internal/snapshot"
	"banger/internal/store"
	"banger/internal/unixsock"
	"banger/internal/vm"
)

const (
	logLimit = 16 << 20 // bytes, of the daemon's own log
	// reconcilePatience is how long a start waits for the machines' word.
	reconcilePatience = 2 * time.Second
)

// Build names the program.
type Build struct {
	Version, Commit string
	Time            time.Time // when the program's file was last changed
}

// Options is what Run is told.
type Options struct {
	Paths  paths.Paths
	Config config.Config
	Build  Build
	// Shim is the argument list that starts a shim.
	Shim []string
	// Ready is called once the socket answers.
	Ready func()

	agent func() ([]byte, error) // the guest's agent; that of this build when nil
	ping  time.Duration          // between two looks after a client; pingInterval when 0
}

// server is a daemon that serves.
type server struct {
	rooms
	paths   paths.Paths
	config  config.Config
	build   Build
	started time.Time
	log     *slog.Logger

	names      nameServer
	feed       feed
	operations *operations
	later      sync.WaitGroup // operations whose clients do not wait

	life context.Context // ends when the daemon is told to end
	end  context.CancelFunc

	metrics  *metrics
	web      string         // where browsers reach VMs; empty: nowhere
	ping     time.Duration  // between two looks after a command's client
	commands sync.WaitGroup // that run for clients of the API
}

// rooms are the parts of the house that handlers use.
type rooms struct {
	store   *store.Store
	kernels toldKernels
	images  toldImages
	fleet   *vm.Fleet

	templates *snapshot.Templates
	spares    *snapshot.Spares
}

// Run serves until ctx ends or a client asks for the end.
func Run(ctx context.Context, o Options) error {
	for _, dir := range []string{o.Paths.State, o.Paths.Cache, o.Paths.Runtime} {
		if err := paths.Secure(dir); err != nil {
			return err
		}
	}
	lock, err := takeLock(o.Paths.Lock())
	if err != nil {
		return err
	}
	defer lock.Close()
	out, err := logfile.Open(o.Paths.DaemonLog(), logLimit)
	if err != nil {
		return err
	}
	defer out.Close()
	s := &server{paths: o.Paths, config: o.Config, build: o.Build, started: time.Now().UTC(), metrics: newMetrics(o.Build), ping: cmp.Or(o.ping, pingInterval)}
	var level slog.Level
	if err := level.UnmarshalText([]byte(o.Config.LogLevel)); err != nil {
		return err
	}
	s.log = slog.New(operation.Logged(slog.NewTextHandler(out, &slog.HandlerOptions{Level: level})))
	s.operations = newOperations(s.feed.tell)
	s.life, s.end = context.WithCancel(ctx)
	defer s.end()
	if err := s.run(o); err != nil {
		s.log.Error("the daemon ends", slog.Any("error", err))
		return err
	}
	return nil
}

func (s *server) run(o Options) (err error) {
	if s.rooms, err = openRooms(s.life, o, s.log, &s.feed); err != nil {
		return err
	}
	spares := s.keepSpares()
	s.names = s.openNames()
	defer func() {
		s.end()
		s.later.Wait()
		spares.Wait()
		s.fleet.Close()
		s.templates.Close()
		err = errors.Join(err, s.names.close(), s.store.Close())
	}()
	if err := s.fleet.Reconcile(s.life, reconcilePatience); err != nil {
		return fmt.Errorf("look after the machines of an earlier daemon: %w", err)
	}
	defer s.serveWeb()()
	listener, err := unixsock.Listen(s.paths.Socket())
	if err != nil {
		return err
	}
	// Nobody else makes this file while the lock is held, so it can go by name.
	defer os.Remove(s.paths.Socket())
	s.log.Info("the daemon serves", slog.Int("pid", os.Getpid()), slog.String("version", s.build.Version),
		slog.Duration("after", time.Since(s.started)))
	o.Ready()
	return s.serve(listener)
}
