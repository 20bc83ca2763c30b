package vmmtest

import (
	"bytes"
	"context"
	"errors"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"banger/internal/guestlink"
	"banger/internal/vmm"
)

// guest is a machine whose agent has answered.
type guest struct {
	t       testing.TB
	subject Subject
	vmm.Machine
	session *guestlink.Session
	spec    vmm.Spec
}

// boot starts a machine and waits for its agent. It is killed when the test ends.
func (s Subject) boot(t testing.TB, spec vmm.Spec) *guest {
	t.Helper()
	return s.start(t, spec, guestlink.Connect)
}

func (s Subject) start(t testing.TB, spec vmm.Spec, connect func(context.Context, net.Conn) (*guestlink.Session, error)) *guest {
	t.Helper()
	m, err := startOnDyingThread(t, s.engine(t), spec)
	if err != nil {
		t.Fatalf("start: %v", err)
	}
	t.Cleanup(func() { m.Kill() })
	session, err := connect(bounded(t), m.Guest())
	if err != nil {
		t.Fatalf("the agent: %v\nconsole:\n%s\nlog:\n%s", err, spec.Console, spec.Log)
	}
	t.Cleanup(func() { session.Close() })
	return &guest{t: t, subject: s, Machine: m, session: session, spec: spec}
}

// startOnDyingThread calls Start from a thread that ends right after it: an engine
// whose parent-death signal belongs to the calling thread would die with that.
func startOnDyingThread(t testing.TB, e vmm.Engine, spec vmm.Spec) (m vmm.Machine, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		m, err = e.Start(bounded(t), spec)
	}()
	<-done
	return m, err
}

// probe runs test/probe in the guest and gives what it printed.
func (g *guest) probe(stdin string, args ...string) (string, guestlink.Exit, error) {
	return g.exec(guestlink.Exec{Args: append([]string{g.subject.Probe}, args...), Dir: "/", Stdin: stdin != ""}, stdin)
}

func (g *guest) exec(x guestlink.Exec, stdin string) (string, guestlink.Exit, error) {
	g.t.Helper()
	ctx := bounded(g.t)
	stream, err := g.session.Open(ctx)
	if err != nil {
		return "", guestlink.Exit{}, err
	}
	var out bytes.Buffer
	exit, err := guestlink.RunExec(ctx, stream, x, guestlink.IO{Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &out})
	return out.String(), exit, err
}

// must is probe for what cannot fail.
func (g *guest) must(stdin string, args ...string) string {
	g.t.Helper()
	out, exit, err := g.probe(stdin, args...)
	if err != nil || exit.Status() != 0 {
		g.t.Fatalf("probe %v in the guest: status %d, %v: %s", args, exit.Status(), err, out)
	}
	return out
}

// detach runs test/probe with its output on the console.
func (g *guest) detach(args ...string) {
	g.t.Helper()
	_, _, err := g.exec(guestlink.Exec{Args: append([]string{g.subject.Probe}, args...), Dir: "/", Detach: true}, "")
	if err != nil {
		g.t.Fatalf("probe %v, detached: %v", args, err)
	}
}

func (g *guest) powerOff() {
	g.t.Helper()
	// The link may be gone before the answer is.
	g.session.Call(bounded(g.t), guestlink.Request{Op: guestlink.OpPowerOff})
}

// ends waits for the machine's end and checks what must then be so.
func (g *guest) ends(want vmm.Cause) vmm.Exit {
	g.t.Helper()
	select {
	case <-g.Done():
	case <-time.After(patience):
		g.t.Fatalf("waited %s for the machine's end\nconsole:\n%s\nlog:\n%s", patience, g.spec.Console, g.spec.Log)
	}
	exit := g.Exit()
	if exit.Cause != want {
		g.t.Errorf("it ended with %+v, want cause %s\nlog:\n%s", exit, want, g.spec.Log)
	}
	if alive(g.PID()) {
		g.t.Errorf("Done is closed and process %d is still there", g.PID())
	}
	if err := g.Guest().SetReadDeadline(time.Now()); !errors.Is(err, net.ErrClosed) {
		g.t.Errorf("Done is closed and the guest link is open (%v)", err)
	}
	if err := g.Kill(); err != nil {
		g.t.Errorf("Kill after the end: %v", err)
	}
	return exit
}

func bounded(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}
