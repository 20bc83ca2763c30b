package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"banger/internal/guestlink"
	"banger/internal/logfile"
	"banger/internal/network"
	"banger/internal/operation"
	"banger/internal/problem"
	"banger/internal/process"
	"banger/internal/shim"
	"banger/internal/vmm"
)

// What the logs of one machine may take on the disk, in bytes.
const (
	consoleLimit = 8 << 20
	engineLimit  = 1 << 20
)

type server struct {
	dir     string
	launch  shim.Launch
	self    process.ID
	started time.Time
	reports io.WriteCloser

	log       *slog.Logger
	lock      *os.File
	logs      []io.Closer
	console   io.Writer
	engineLog io.Writer
	machine   vmm.Machine
	wire      net.Conn   // this end of the guest's; nil when nothing is to be there, or a network has taken it over
	memory    *os.File   // what the guest's memory began with; nil when it booted
	copying   sync.Mutex // held while a snapshot is made
	listener  *net.UnixListener
	leases    leases
	stall     *stall
	pause     pause
	news      news
	uses      uses
	asked     atomic.Bool   // the end was asked for
	over      chan struct{} // closed when exit is final
	exit      shim.Exit
	clients   sync.WaitGroup

	mu      sync.Mutex
	session *guestlink.Session
	network *network.Network // nil until the machine is somebody's
	ports   ports
	why     string // the end was asked for by the machine's own rule, and this is it
}

// newServer takes the folder that path lies in; from here on it is this shim's.
func newServer(path string, reports io.WriteCloser) (*server, error) {
	s := &server{dir: filepath.Dir(path), started: time.Now(), reports: reports, over: make(chan struct{}), stall: newStall()}
	s.log = slog.New(operation.Logged(slog.NewTextHandler(os.Stderr, nil)))
	s.uses.news = &s.news
	if err := s.open(path); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *server) open(launch string) (err error) {
	if s.lock, err = takeLock(s.path(shim.LockFile)); err != nil {
		return err
	}
	if s.self, err = process.Self(); err != nil {
		return err
	}
	if err = writeFile(s.path(shim.ProcessFile), s.self); err != nil {
		return err
	}
	if s.launch, err = readLaunch(launch); err != nil {
		return err
	}
	if s.console, err = s.openLog(shim.ConsoleFile, consoleLimit); err != nil {
		return err
	}
	s.engineLog, err = s.openLog(shim.EngineFile, engineLimit)
	return err
}

func (s *server) openLog(name string, limit int64) (io.Writer, error) {
	log, err := logfile.Open(s.path(name), limit)
	if err != nil {
		return nil, err
	}
	s.logs = append(s.logs, log)
	return logfile.Stamped(log), nil
}

func (s *server) path(name string) string { return filepath.Join(s.dir, name) }

// close lets go of everything but the machine, which has ended by then.
func (s *server) close() {
	if s.listener != nil {
		s.listener.Close()
	}
	s.endNetwork()
	for _, log := range s.logs {
		log.Close()
	}
	if s.lock != nil {
		s.lock.Close()
	}
}

// takeLock makes sure that no two shims ever write to one machine's disks. The
// kernel lets go of the lock when the process ends, however it does.
func takeLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the machine's folder: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return f, nil
	}
	f.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, problem.New(problem.Conflict, "the machine runs already: its folder is locked by another supervisor")
	}
	return nil, fmt.Errorf("lock the machine's folder: %w", err)
}

// writeFile writes v as JSON so that it is there whole or not at all, also after a crash of the host.
func writeFile(path string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	temp := path + ".new"
	f, err := os.OpenFile(temp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(temp, path)
	}
	return err
}

// report tells the starter; it may have gone, which is no concern of the machine's.
func (s *server) report(r shim.Report) { writeReport(s.reports, r) }

func writeReport(w io.Writer, r shim.Report) { _ = json.NewEncoder(w).Encode(r) }

func (s *server) phase(name string, begin time.Time) {
	s.report(shim.Report{Phase: name, Millis: float64(time.Since(begin)) / float64(time.Millisecond)})
}
