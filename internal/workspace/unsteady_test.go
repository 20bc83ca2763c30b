package workspace

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"banger/internal/problem"
)

// watched is a guest of whose host something is done before each write.
type watched struct {
	Guest
	before func(n int) error
}

type watchedConn struct {
	net.Conn
	n      int
	before func(n int) error
}

func (w watched) Stream(ctx context.Context) (net.Conn, error) {
	conn, err := w.Guest.Stream(ctx)
	return &watchedConn{Conn: conn, before: w.before}, err
}

func (c *watchedConn) Write(b []byte) (int, error) {
	c.n++
	if err := c.before(c.n); err != nil {
		c.Conn.Close()
		return 0, err
	}
	return c.Conn.Write(b)
}

// large makes a repository with a file whose sending takes many writes, with others around it.
func large(t *testing.T) repo {
	r := newRepo(t)
	r.write("a", "before")
	r.write("big", strings.Repeat("0123456789abcdef", 256<<10))
	r.write("z", "after")
	r.commit("one")
	return r
}

func TestFilesThatChangeWhileTheyAreRead(t *testing.T) {
	size := int64(4 << 20)
	for name, change := range map[string]func(r repo, f *os.File) error{
		"shrinks":   func(r repo, f *os.File) error { return f.Truncate(size / 2) },
		"grows":     func(r repo, f *os.File) error { _, err := f.WriteAt([]byte("more"), size); return err },
		"is edited": func(r repo, f *os.File) error { _, err := f.WriteAt([]byte("edited"), size-100); return err },
		"goes":      func(r repo, f *os.File) error { return os.Remove(f.Name()) },
		"others go": func(r repo, f *os.File) error { return errors.Join(f.Truncate(7), os.Remove(r.path("a"))) },
		"is replaced": func(r repo, f *os.File) error {
			return errors.Join(f.Truncate(0), os.Remove(f.Name()), os.Symlink("a", f.Name()))
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, g, d, f, p := stagedLarge(t)
			changed := watched{g, func(n int) error {
				if n == 10 {
					return change(r, f)
				}
				return nil
			}}
			sent, err := d.Send(t.Context(), changed, p, nil)
			if err != nil {
				t.Fatal(err)
			}
			got := files(t, g.path)
			delete(got, "a") // it had been sent before it went, as it was then
			want := files(t, r.dir)
			delete(want, "a")
			sameFiles(t, got, want)
			if name != "others go" {
				sameGit(r, g)
			}
			if out, err := r.try("--git-dir="+string(d), "cat-file", "blob", sent.Base.Tree+":big"); strings.TrimPrefix(want["big"], "-> ") != out && err == nil {
				t.Errorf("the base has another content: %.60q", out)
			}
		})
	}
}

func TestAFileThatAlwaysChanges(t *testing.T) {
	_, g, d, f, p := stagedLarge(t)
	restless := watched{g, func(n int) error {
		_, err := f.WriteAt([]byte{byte(n)}, 0)
		return err
	}}
	_, err := d.Send(t.Context(), restless, p, nil)
	if problem.CodeOf(err) != problem.Conflict || !strings.Contains(err.Error(), `"big"`) {
		t.Fatalf("got %v", err)
	}
}

// TestCutOff: what a cut-off Send has left is no workspace, and the next one makes it one.
func TestCutOff(t *testing.T) {
	r, g, d := large(t), newGuest(t), newDir(t)
	gone := errors.New("the guest is gone")
	p, err := Inspect(t.Context(), Source{Path: r.dir, GuestPath: g.path})
	if err == nil {
		err = d.Stage(t.Context(), p)
	}
	if err != nil {
		t.Fatal(err)
	}
	broken := watched{g, func(n int) error {
		if n == 20 {
			return gone
		}
		return nil
	}}
	if _, err := d.Send(t.Context(), broken, p, nil); problem.CodeOf(err) != problem.GuestFailed {
		t.Fatalf("got %v", err)
	}
	if _, err := d.Renew(t.Context(), g, p, RenewOptions{}, nil); err != nil {
		t.Fatal(err)
	}
	sameFiles(t, files(t, g.path), files(t, r.dir))
	sameGit(r, g)
	r.write("z", "edited")
	if _, err := again(t, d, guest{g.Guest, g.path}, Source{Path: r.dir}, RenewOptions{}); err != nil {
		t.Fatal(err)
	}
	r.write("big", strings.Repeat("x", 4<<20))
	p, _ = Inspect(t.Context(), Source{Path: r.dir, GuestPath: g.path})
	broken.before = func(n int) error {
		if n == 30 {
			return gone
		}
		return nil
	}
	if _, err := d.Renew(t.Context(), broken, p, RenewOptions{}, nil); problem.CodeOf(err) != problem.GuestFailed {
		t.Fatalf("got %v", err)
	}
	mustRenew(t, d, g, Source{Path: r.dir}, RenewOptions{Force: true})
	sameFiles(t, files(t, g.path), files(t, r.dir))
}

func TestCanceled(t *testing.T) {
	r, g, d := large(t), newGuest(t), newDir(t)
	ctx, cancel := context.WithCancel(t.Context())
	p, err := Inspect(ctx, Source{Path: r.dir, GuestPath: g.path})
	if err == nil {
		err = d.Stage(ctx, p)
	}
	if err != nil {
		t.Fatal(err)
	}
	stopped := watched{g, func(n int) error {
		if n == 20 {
			cancel()
		}
		return nil
	}}
	if _, err := d.Send(ctx, stopped, p, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestCopyAndRemove(t *testing.T) {
	r := newRepo(t)
	r.write("file", "x")
	r.commit("one")
	r.write("file", "edited")
	d := newDir(t)
	s := Source{Path: r.dir}
	_, g, sent := prepare(t, d, s)
	other := Dir(filepath.Join(t.TempDir(), "other"))
	if err := Copy(d, other); err != nil {
		t.Fatal(err)
	}
	if err := d.Remove(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(filepath.Dir(string(d))); err != nil || len(left) != 0 {
		t.Errorf("%v is left, %v", left, err)
	}
	if err := d.Remove(); err != nil {
		t.Errorf("removed twice: %v", err)
	}
	if got := r.git("--git-dir="+string(other), "cat-file", "blob", sent.Base.Tree+":file"); got != "edited" {
		t.Errorf("the copy has %q", got)
	}
	if sent := mustRenew(t, other, g, s, RenewOptions{}); sent.Files != 0 {
		t.Errorf("the copy is not known to be what the guest has: %+v", sent)
	}
}

// stagedLarge is a large repository that has been looked at and staged, with its file big open.
func stagedLarge(t *testing.T) (repo, guest, Dir, *os.File, *Plan) {
	t.Helper()
	r, g, d := large(t), newGuest(t), newDir(t)
	f, err := os.OpenFile(r.path("big"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	p, err := Inspect(t.Context(), Source{Path: r.dir, GuestPath: g.path})
	if err == nil {
		err = d.Stage(t.Context(), p)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r, g, d, f, p
}
