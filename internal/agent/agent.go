package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"banger/internal/guestlink"
)

// System is the machine around an agent. Its methods may be called from any goroutine.
type System interface {
	// Identity is the kernel's boot id and release.
	Identity() (bootID, release string)
	// Ready is nil when commands can run, else why the machine did not come up.
	Ready() error
	// Configure applies all of c but Env, which is the agent's matter.
	Configure(c guestlink.Configure) error
	// Info fills in what it knows of memory and uptime.
	Info(info *guestlink.Info) error
	// Examine tests what c was to bring about, by other means.
	Examine(c guestlink.Configure) []guestlink.Check
	// Sync writes all file systems to their disks.
	Sync() error
	// Mark puts a new marker on each writable disk and keeps it in memory, for Examine to compare.
	Mark() error
	// PowerOff ends the machine at once and cleanly. The agent has ended all processes.
	PowerOff()
	// Console is where detached commands write to. It is not closed.
	Console() *os.File
}

// Agent serves a guest link. It outlives the links: detached commands and the
// configured environment carry over from one to the next.
type Agent struct {
	sys     System
	version string
	reaper  *reaper
	null    int // descriptor of /dev/null

	mu  sync.Mutex
	env map[string]string // from Configure

	puts sync.Mutex // held by a tree_put

	execs    sync.WaitGroup // handlers of commands with a stream
	commands atomic.Int32   // commands that are not done with, detached ones included
	off      sync.Once
}

// New makes the agent of this process and starts to reap its children. It lives as long as the
// process. version is the agent's own, for people.
func New(sys System, version string) (*Agent, error) {
	null, err := unix.Open(os.DevNull, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("open "+os.DevNull, err)
	}
	r, err := newReaper()
	if err != nil {
		return nil, err
	}
	return &Agent{sys: sys, version: version, reaper: r, null: null}, nil
}

// Serve serves one session after the other on conn, until that ends or ctx does. It closes conn.
func (a *Agent) Serve(ctx context.Context, conn io.ReadWriteCloser) error {
	return guestlink.Serve(ctx, conn, a)
}

// Hello implements guestlink.Handler.
func (a *Agent) Hello() guestlink.Hello {
	h := guestlink.NewHello(a.version)
	h.BootID, h.Release = a.sys.Identity()
	return h
}

// Handle implements guestlink.Handler.
func (a *Agent) Handle(_ context.Context, req guestlink.Request, stream net.Conn) {
	var resp guestlink.Response
	var err error
	switch req.Op {
	case guestlink.OpExec:
		a.execs.Add(1)
		defer a.execs.Done()
		a.exec(req.Exec, stream)
		return
	case guestlink.OpCopyFrom:
		a.copyFrom(req.CopyFrom, stream)
		return
	case guestlink.OpCopyTo:
		a.copyTo(req.CopyTo, stream)
		return
	case guestlink.OpTreePut:
		a.treePut(req.TreePut, stream)
		return
	case guestlink.OpTreeChanges:
		a.treeChanges(req.TreeChanges, stream)
		return
	case guestlink.OpTreeGet:
		a.treeGet(req.TreeGet, stream)
		return
	case guestlink.OpPowerOff:
		defer a.PowerOff()
	case guestlink.OpConfigure:
		resp.SelfTest, err = a.configure(req.Configure)
	case guestlink.OpSync:
		err = a.sys.Sync()
	case guestlink.OpMark:
		err = errors.Join(a.sys.Mark(), a.sys.Sync())
	case guestlink.OpInfo:
		resp.Info, err = a.info()
	case guestlink.OpPorts:
		resp.Ports, err = ports(req.Ports)
	default:
		err = refuse(guestlink.CodeUnsupported, "this guest's agent does not know the operation %q", req.Op)
	}
	resp.Error = refusal(err)
	guestlink.WriteMessage(stream, resp) // fails when the client has gone: then nobody asks any more
}

func (a *Agent) configure(c *guestlink.Configure) (*guestlink.SelfTest, error) {
	if c == nil {
		return nil, refuse(guestlink.CodeInvalid, "configure holds no configuration")
	}
	if err := a.sys.Ready(); err != nil {
		return nil, err
	}
	if err := a.sys.Configure(*c); err != nil {
		return nil, err
	}
	if c.Connected {
		resetConnections()
	}
	if c.Env != nil {
		a.mu.Lock()
		a.env = c.Env
		a.mu.Unlock()
	}
	test := &guestlink.SelfTest{Checks: a.sys.Examine(*c), Random: make([]byte, randomSample)}
	if c.Fresh {
		test.Checks = append(test.Checks, a.renewHostKeys())
	}
	if c.Forked {
		test.Checks = append(test.Checks, a.runHooks())
	}
	if _, err := unix.Getrandom(test.Random, 0); err != nil {
		return nil, err
	}
	test.Now = time.Now() // last: hooks may take their time
	return test, nil
}

// randomSample is how many bytes of its random numbers a guest shows, far more than could be alike by chance.
const randomSample = 16

func (a *Agent) info() (*guestlink.Info, error) {
	info := &guestlink.Info{Version: a.version, Execs: int(a.commands.Load())}
	info.BootID, info.Release = a.sys.Identity()
	return info, a.sys.Info(info)
}

// refuse makes a refusal with a code.
func refuse(code guestlink.Code, format string, args ...any) *guestlink.Error {
	return &guestlink.Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// refusal is err as it goes over the link, nil for nil.
func refusal(err error) *guestlink.Error {
	switch e := err.(type) {
	case nil:
		return nil
	case *guestlink.Error:
		return e
	default:
		return refuse(guestlink.CodeFailed, "%v", err)
	}
}
