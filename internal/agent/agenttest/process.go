package agenttest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"banger/internal/agent"
	"banger/internal/guestlink"
)

// agentProcess marks a process that is to be an agent, with the guest link as descriptor 3 and the console as 4.
const agentProcess = "BANGER_TEST_AGENT"

// Main is the agent's process when Start has started it, and else runs the tests. It does not return.
func Main(m *testing.M) {
	if os.Getenv(agentProcess) == "" {
		os.Exit(m.Run())
	}
	// As in a guest, where nothing is ignored: a shell starts what it puts into the
	// background with SIGINT ignored, and commands would inherit that.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP)
	if err := serveLink(); !errors.Is(err, io.EOF) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func serveLink() error {
	conn, err := net.FileConn(os.NewFile(3, "link"))
	if err != nil {
		return err
	}
	a, err := agent.New(process1{os.NewFile(4, "console")}, "test")
	if err != nil {
		return err
	}
	return a.Serve(context.Background(), conn)
}

// PoweredOff is the status that the process ends with when it was told to power off.
const PoweredOff = 42

// process1 is a System without a machine.
type process1 struct{ console *os.File }

func (process1) Identity() (string, string)          { return "boot", "release" }
func (process1) Ready() error                        { return nil }
func (process1) Configure(guestlink.Configure) error { return nil }
func (process1) Info(info *guestlink.Info) error     { info.MemTotal = 1; return nil }
func (process1) Sync() error                         { return nil }
func (process1) Mark() error                         { return nil }
func (process1) Examine(guestlink.Configure) []guestlink.Check {
	return []guestlink.Check{{Name: "disks", Failure: "there are none"}}
}
func (process1) PowerOff()           { os.Exit(PoweredOff) }
func (p process1) Console() *os.File { return p.console }
