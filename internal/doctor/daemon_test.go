package doctor

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"banger/internal/unixsock"
)

// lock has this process hold the state folder's lock, as a daemon does.
func (b bench) lock() (pid string) {
	b.t.Helper()
	pid = fmt.Sprint(os.Getpid())
	b.write(b.paths.Lock(), pid+"\n")
	f, err := os.Open(b.paths.Lock())
	must(b.t, err)
	b.t.Cleanup(func() { f.Close() })
	must(b.t, unix.Flock(int(f.Fd()), unix.LOCK_EX))
	locks, err := os.ReadFile("/proc/locks")
	must(b.t, err)
	b.put("proc/locks", string(locks))
	return pid
}

// serve answers at the daemon's socket.
func (b bench) serve(handler http.HandlerFunc) net.Listener {
	b.t.Helper()
	must(b.t, os.MkdirAll(b.paths.Runtime, 0o700))
	l, err := unixsock.Listen(b.paths.Socket())
	must(b.t, err)
	server := &http.Server{Handler: handler}
	go server.Serve(l)
	b.t.Cleanup(func() { server.Close() })
	return l
}

func say(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/version" {
			fmt.Fprint(w, text)
		}
	}
}

func TestDaemon(t *testing.T) {
	b := newBench(t)
	b.want("daemon", OK, "none runs")
	b.listen(b.paths.Socket(), false)
	b.want("daemon", Warn, "nobody listens on "+b.paths.Socket(), "the next command starts a daemon")
	pid := b.lock()
	b.want("daemon", Warn, "pid "+pid, "does not listen", "kill -9 "+pid)
	must(t, os.Remove(b.paths.Socket()))
	b.want("daemon", Warn, "pid "+pid, "does not listen", "kill -9 "+pid)
	b.write(b.paths.Socket(), "")
	b.want("daemon", Fail, "is no socket", "move it away")
}

func TestDaemonThatAnswers(t *testing.T) {
	b := newBench(t)
	b.serve(say(`{"version": "v1.2.3"}`))
	b.want("daemon", OK, "version v1.2.3 answers on "+b.paths.Socket())
}

func TestDaemonThatIsNone(t *testing.T) {
	for name, answer := range map[string]string{"HTML": "<html>", "nothing": "", "another": `{"name": "x"}`} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.serve(say(answer))
			b.want("daemon", Fail, "does not answer as a daemon does", "move its socket away")
		})
	}
}

func TestDaemonThatHangs(t *testing.T) {
	b := newBench(t)
	must(t, os.MkdirAll(b.paths.Runtime, 0o700))
	l, err := unixsock.Listen(b.paths.Socket()) // and nobody accepts
	must(t, err)
	defer l.Close()
	b.patience = time.Second // on a busy host the check has to come to its end in it
	b.want("daemon", Fail, "does not answer as a daemon does", "move its socket away")
	pid := b.lock()
	b.want("daemon", Fail, "pid "+pid, "does not answer", "kill -9 "+pid)
}

func TestLockIsBelievedOnlyWhileItIsHeld(t *testing.T) {
	b := newBench(t)
	if pid := b.daemon(); pid != "" {
		t.Errorf("without a lock: %q", pid)
	}
	pid := b.lock()
	if got := b.daemon(); got != pid {
		t.Errorf("got %q, want %q", got, pid)
	}
	b.write(b.paths.Lock(), "1\n") // by somebody who does not hold it
	if got := b.daemon(); got != "" {
		t.Errorf("with another's pid: %q", got)
	}
	b.write(b.paths.Lock(), pid)
	b.put("proc/locks", "1: FLOCK  ADVISORY  WRITE "+pid+" 08:01:1 0 EOF\n2: POSIX  ADVISORY  WRITE "+pid+" 08:01:1 0 EOF\n")
	if got := b.daemon(); got != "" {
		t.Errorf("with a lock on another file: %q", got)
	}
}

func TestSockets(t *testing.T) {
	b := newBench(t)
	b.want("sockets", OK, "none")
	run := filepath.Dir(b.paths.MachineRun("x"))
	b.listen(filepath.Join(run, "alive.sock"), true)
	b.write(filepath.Join(run, "note.txt"), "")
	b.want("sockets", OK, "none")
	for _, dead := range []string{filepath.Join(run, "dead.sock"), filepath.Join(b.paths.TemplateMakersRun(), "maker.sock")} {
		b.listen(dead, false)
		b.want("sockets", Warn, "nobody listens on "+dead, "rm "+dead)
	}
	b.write(filepath.Join(b.paths.Machine("dead"), "work.ext4"), "")
	b.want("sockets", Warn, "dead.sock", "nothing need be done")
	b.write(filepath.Join(run, "file.sock"), "")
	b.want("sockets", Warn, "file.sock is no socket", "move it away")
	if rows := b.rows("sockets"); len(rows) != 3 {
		t.Errorf("got %+v, want three rows", rows)
	}
}
