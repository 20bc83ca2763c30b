package server

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"banger/internal/operation"
	"banger/internal/problem"
	"banger/internal/shim"
	"banger/internal/vmm"
	"banger/internal/vmm/fake"
	"banger/internal/vmm/host"
	"banger/internal/vmm/qemu"
)

// maxLaunch bounds the launch file, in bytes.
const maxLaunch = 1 << 20

// Run is the whole life of a shim. path is the launch file; its folder is the
// machine's. It returns when the machine has ended; the error is one that has been
// reported already.
func Run(ctx context.Context, path string, report io.WriteCloser) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	signal.Ignore(syscall.SIGHUP, syscall.SIGPIPE)

	s, err := newServer(path, report)
	if err == nil {
		defer s.close()
		err = s.run(ctx)
	}
	if err != nil {
		writeReport(report, shim.Report{Problem: shim.NewProblem(err)})
	}
	return err
}

func (s *server) run(ctx context.Context) error {
	s.log.InfoContext(operation.With(ctx, s.launch.Operation), "the machine starts", slog.String("name", s.launch.Name), slog.String("engine", s.launch.Engine))
	if err := s.start(ctx); err != nil {
		if s.machine != nil {
			s.machine.Kill()
		}
		return s.ended(err)
	}
	go s.accept()
	if err := s.greet(ctx); err != nil {
		s.machine.Kill()
		return s.ended(err)
	}
	s.report(shim.Report{Ready: s.guest()})
	s.reports.Close()
	s.supervise(ctx)
	return s.ended(nil)
}

// start starts the engine and listens.
func (s *server) start(ctx context.Context) error {
	begin := time.Now()
	engine, err := engineNamed(s.launch.Engine)
	if err != nil {
		return err
	}
	spec, closeSpec, err := openSpec(s.launch, s.console, s.engineLog)
	if err != nil {
		return err
	}
	defer closeSpec()
	defer func() {
		if spec.NIC.Wire != nil {
			spec.NIC.Wire.Close() // the engine has its own
		}
	}()
	if err := s.layWire(&spec); err != nil {
		return err
	}
	spec.Stalled = s.stall.hit
	if spec.Restore != nil {
		s.memory = spec.Restore.Memory
	}
	s.machine, err = engine.Start(ctx, spec)
	if err != nil {
		return fmt.Errorf("start the engine: %w", err)
	}
	s.phase("engine", begin)
	if err := s.startNetwork(s.launch.Network); err != nil {
		return err
	}
	go s.mindStalls()
	return s.listen()
}

func engineNamed(name string) (vmm.Engine, error) {
	switch name {
	case host.QEMU:
		return qemu.New(true)
	case host.Emulated:
		return qemu.New(false)
	case host.Fake:
		return fake.New()
	}
	return nil, problem.New(problem.Damaged, "the launch file names an unknown engine %q", name)
}

func readLaunch(path string) (shim.Launch, error) {
	f, err := os.Open(path)
	if err != nil {
		return shim.Launch{}, fmt.Errorf("read the launch file: %w", err)
	}
	defer f.Close()
	dec := json.NewDecoder(io.LimitReader(f, maxLaunch))
	dec.DisallowUnknownFields()
	var l shim.Launch
	if err := dec.Decode(&l); err != nil {
		return shim.Launch{}, problem.New(problem.Damaged, "the launch file %s is damaged: %w", path, err).
			WithRemedy("stop and start the VM; the file is made anew at every start")
	}
	if !filepath.IsAbs(l.Socket) || l.BootTimeout <= 0 {
		return shim.Launch{}, problem.New(problem.Damaged, "the launch file %s lacks a socket or a time limit", path)
	}
	return l, nil
}
