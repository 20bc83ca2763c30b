package fake

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"

	"banger/internal/agent"
)

// The descriptors that the guest is started with.
const (
	linkFD    = 3
	consoleFD = 4
)

// RunGuest plays the guest until it ends; the result is the exit status. args are those after Role: the guest's boot id and,
// for one that goes on from a saved state, a word that says so.
func RunGuest(args []string) int {
	if err := play(args); err != nil {
		fmt.Fprintf(os.Stderr, "fake guest: %v\n", err)
	}
	return statusBroken
}

// play returns only when the guest cannot start.
func play(args []string) error {
	signals := make(chan os.Signal, 1) // before anybody can know of this process
	signal.Notify(signals, syscall.SIGUSR1, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	console := os.NewFile(consoleFD, "console")
	link := os.NewFile(linkFD, "guest link")
	unix.CloseOnExec(consoleFD)
	conn, err := net.FileConn(link)
	if err != nil {
		return fmt.Errorf("take the guest link: %w", err)
	}
	link.Close()
	if err := enter(); err != nil {
		return err
	}
	sys, err := newSystem(console, args)
	if err != nil {
		return err
	}
	a, err := agent.New(sys, "fake")
	if err != nil {
		return err
	}
	fmt.Fprintln(console, "fake guest: the agent is up")
	go func() { // a guest whose host hangs up lives on
		if skipReset(conn, args) == nil {
			a.Serve(context.Background(), conn)
		}
	}()
	obey(<-signals, console)
	return nil
}

// obey ends the guest as the signal says.
func obey(s os.Signal, console *os.File) {
	if s == syscall.SIGUSR1 {
		fmt.Fprintln(console, "Kernel panic - not syncing: the fake guest was told to")
		os.Exit(statusPanic)
	}
	fmt.Fprintf(os.Stderr, "fake guest: ended by signal %d\n", s)
	os.Exit(statusKilled)
}
