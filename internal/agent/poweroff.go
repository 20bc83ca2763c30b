package agent

import (
	"sync"
	"syscall"
	"time"
)

const (
	// offGrace is how long processes may take to obey SIGTERM when the machine is powered off.
	offGrace = 5 * time.Second
	// lastGrace bounds the waits for what should happen at once.
	lastGrace = time.Second
)

// PowerOff ends all processes, in the order of their goodwill, and then the machine. Nothing is waited for longer than it takes.
func (a *Agent) PowerOff() {
	a.off.Do(func() {
		a.reaper.close()
		for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGCONT, syscall.SIGHUP} {
			signalAll(sig) // interactive shells obey SIGHUP only
		}
		if !within(offGrace, a.reaper.childless) {
			signalAll(syscall.SIGKILL)
			within(lastGrace, a.reaper.childless)
		}
		within(lastGrace, finished(&a.execs)) // exits are on their way to the host
		a.sys.PowerOff()
	})
}

// within waits for c to be closed, at most for d.
func within(d time.Duration, c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	case <-time.After(d):
		return false
	}
}

func finished(group *sync.WaitGroup) <-chan struct{} {
	c := make(chan struct{})
	go func() {
		group.Wait()
		close(c)
	}()
	return c
}
