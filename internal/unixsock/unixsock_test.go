package unixsock

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"banger/internal/problem"
)

func mustListen(t *testing.T, path string) *net.UnixListener {
	t.Helper()
	l, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// echo serves one connection, sending back what it gets.
func echo(l net.Listener) {
	if conn, err := l.Accept(); err == nil {
		io.Copy(conn, conn)
		conn.Close()
	}
}

func TestListenAndDialAtAnyLength(t *testing.T) {
	short := filepath.Join(t.TempDir(), "s")
	long := filepath.Join(t.TempDir(), strings.Repeat("a", 200), strings.Repeat("b", 200), strings.Repeat("n", 40))
	if err := os.MkdirAll(filepath.Dir(long), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	for _, path := range []string{short, long, "relative"} {
		go echo(mustListen(t, path))
		conn, err := Dial(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		conn.Write([]byte("hello"))
		conn.CloseWrite()
		if got, err := io.ReadAll(conn); err != nil || string(got) != "hello" {
			t.Errorf("echo at a path of %d bytes: %q, %v", len(path), got, err)
		}
		conn.Close()
	}
}

func TestSocketIsItsOwnersWhateverTheUmask(t *testing.T) {
	// With the widest umask a mode set after the bind would leave a gap; here there
	// is none to see, so the mode is looked at as the file system first shows it.
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	path := filepath.Join(t.TempDir(), "s")
	mustListen(t, path)
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := fs.ModeSocket | 0o600; info.Mode() != want {
		t.Errorf("mode %v, want %v", info.Mode(), want)
	}
}

func TestSocketOfAnEndedListenerIsReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	ended := mustListen(t, path)
	reuse, err := os.Open(filepath.Dir(path)) // likely gets the number that Listen had for the folder
	if err != nil {
		t.Fatal(err)
	}
	defer reuse.Close()
	ended.Close()
	if _, err := os.Lstat(path); err != nil {
		t.Fatalf("closing a listener removed its file: %v", err)
	}
	if _, err := Dial(t.Context(), path); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("Dial with nobody there: %v, want %v", err, syscall.ECONNREFUSED)
	}
	go echo(mustListen(t, path))
	conn, err := Dial(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
}

func TestLivingListenerIsNotReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	first := mustListen(t, path)
	if _, err := Listen(path); problem.CodeOf(err) != problem.Conflict {
		t.Fatalf("second Listen: %v, want a conflict", err)
	}
	first.Accept() // the question whether it lives
	go echo(first)
	conn, err := Dial(t.Context(), path)
	if err != nil {
		t.Fatalf("the first listener is gone: %v", err)
	}
	conn.Close()
}

func TestWhatIsNoSocketStays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(path); problem.CodeOf(err) != problem.Conflict {
		t.Errorf("Listen on a file: %v, want a conflict", err)
	}
	if got, _ := os.ReadFile(path); string(got) != "precious" {
		t.Errorf("the file now holds %q", got)
	}
}

func TestOneOfManyListenersWins(t *testing.T) {
	for range 100 { // that two of them meet is a matter of chance
		path := filepath.Join(t.TempDir(), "s")
		mustListen(t, path).Close() // a stale file, so that each of them wants to remove it
		if winners := race(t, path, 10); winners != 1 {
			t.Fatalf("%d of 10 listeners won, want 1", winners)
		}
		if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
			t.Fatalf("left in the folder: %v, %v, want the socket only", left, err)
		}
	}
}

// race lets many listen at once and counts those who could.
func race(t *testing.T, path string, many int) int {
	listeners := make(chan *net.UnixListener, many)
	var wg sync.WaitGroup
	for range many {
		wg.Go(func() {
			l, err := Listen(path)
			if err == nil {
				listeners <- l
			} else if problem.CodeOf(err) != problem.Conflict {
				t.Errorf("Listen: %v, want a conflict", err)
			}
		})
	}
	wg.Wait()
	close(listeners)
	winners := 0
	for l := range listeners {
		l.Close()
		winners++
	}
	return winners
}

func TestErrorsNameThePath(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	_, dialErr := Dial(t.Context(), missing)
	_, dialDirErr := Dial(t.Context(), filepath.Join(missing, "s"))
	_, listenErr := Listen(filepath.Join(missing, "s"))
	for _, err := range []error{dialErr, dialDirErr, listenErr} {
		if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), missing) || strings.Contains(err.Error(), "/proc") {
			t.Errorf("error %q, want %v and the path", err, fs.ErrNotExist)
		}
	}
}

func TestDialHeedsItsContext(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	mustListen(t, path)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Dial(ctx, path); !errors.Is(err, context.Canceled) {
		t.Errorf("Dial with an ended context: %v", err)
	}
}

func TestPeer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l := mustListen(t, path)
	client, err := Dial(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	if uid, err := PeerUID(server); err != nil || uid != os.Geteuid() {
		t.Errorf("PeerUID = %d, %v, want %d", uid, err, os.Geteuid())
	}
	if err := AllowPeer(server); err != nil {
		t.Errorf("own user refused: %v", err)
	}
	if pid, err := PeerPID(client); err != nil || pid != os.Getpid() {
		t.Errorf("PeerPID = %d, %v, want %d", pid, err, os.Getpid())
	}
	pipe, _ := net.Pipe()
	if err := AllowPeer(pipe); err == nil {
		t.Error("a connection without credentials was let in")
	}
	if pid, err := PeerPID(pipe); err == nil {
		t.Errorf("PeerPID = %d of a connection without credentials", pid)
	}
}

func TestWhoIsAllowed(t *testing.T) {
	for _, c := range []struct {
		uid, own int
		want     bool
	}{{0, 0, true}, {1000, 1000, true}, {0, 1000, true}, {1000, 0, false}, {1001, 1000, false}, {-1, 1000, false}} {
		if err := allow(c.uid, c.own); (err == nil) != c.want {
			t.Errorf("user %d at a socket of %d: %v, want allowed %v", c.uid, c.own, err, c.want)
		}
	}
}

// TestAnotherUserIsKeptOut tries it for real, which takes root: the table above is
// all that a plain user can check.
func TestAnotherUserIsKeptOut(t *testing.T) {
	if os.Geteuid() != 0 {
		return
	}
	dir := t.TempDir()
	t.Chdir(dir) // the folders above may be closed to other users
	l := mustListen(t, "s")
	const stranger = 54321
	asUser(stranger, func() {
		if _, err := Dial(t.Context(), "s"); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("another user's Dial: %v, want %v", err, fs.ErrPermission)
		}
	})
	if err := os.Chmod("s", 0o666); err != nil { // the mistake that AllowPeer is for
		t.Fatal(err)
	}
	asUser(stranger, func() {
		conn, err := Dial(t.Context(), "s")
		if err != nil {
			t.Error(err)
			return
		}
		t.Cleanup(func() { conn.Close() })
	})
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	if uid, err := PeerUID(server); err != nil || uid != stranger {
		t.Errorf("PeerUID = %d, %v, want %d", uid, err, stranger)
	}
	if err := AllowPeer(server); err == nil {
		t.Error("another user was let in")
	}
}

// asUser runs f on a thread of its own that has uid and that ends with f.
func asUser(uid int, f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // never unlocked: the thread must not serve anybody else
		if _, _, errno := syscall.RawSyscall(syscall.SYS_SETRESUID, uintptr(uid), uintptr(uid), uintptr(uid)); errno != 0 {
			panic(errno)
		}
		f()
	}()
	<-done
}
