package cli

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"

	"banger/client"
)

// raw hands every key to the guest, if standard input is a terminal.
func (a *app) raw() (restore func(), err error) {
	fd, ok := terminal(a.Stdin)
	if !ok {
		return func() {}, nil
	}
	before, err := term.MakeRaw(fd)
	if err != nil {
		return nil, fmt.Errorf("set the terminal up: %w", err)
	}
	return func() { term.Restore(fd, before) }, nil
}

// sizes gives the terminal's size now and whenever it changes, until end is called.
func (a *app) sizes() (rows, cols uint16, changes <-chan client.Size, end func()) {
	fd, ok := terminal(a.Stdout)
	if !ok {
		fd, ok = terminal(a.Stdin)
	}
	if !ok {
		return 24, 80, nil, func() {}
	}
	now := sizeNow(fd)
	resized, sizes, stop := make(chan os.Signal, 1), make(chan client.Size), make(chan struct{})
	signal.Notify(resized, syscall.SIGWINCH)
	go func() {
		for {
			select {
			case <-stop:
				return
			case <-resized:
			}
			select {
			case <-stop:
				return
			case sizes <- sizeNow(fd):
			}
		}
	}()
	return now.Rows, now.Cols, sizes, func() {
		signal.Stop(resized)
		close(stop)
	}
}

func sizeNow(fd int) client.Size {
	cols, rows, err := term.GetSize(fd)
	if err != nil {
		return client.Size{Rows: 24, Cols: 80}
	}
	return client.Size{Rows: uint16(rows), Cols: uint16(cols)}
}

// keepPipes makes a write to a closed pipe an error, where it would end this process before it
// has tidied up.
func keepPipes() (restore func()) {
	ignored := make(chan os.Signal, 1)
	signal.Notify(ignored, syscall.SIGPIPE)
	return func() { signal.Stop(ignored) }
}
