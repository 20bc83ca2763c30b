package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"banger/test/harness"
)

// world is what all tests share.
var world struct {
	programs string // folder of the built programs
	seed     string // state folder with the default kernel and image
	dir      string // parent of every host's folder
	host     *harness.Host
	internet *harness.Internet // behind the host that the tests of the network share; see online

	mu    sync.Mutex
	hosts []*harness.Host
}

func TestMain(m *testing.M) {
	code, err := runAll(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		code = 1
	}
	os.Exit(code)
}

func runAll(m *testing.M) (code int, err error) {
	// Short: a Unix socket's path must fit into 108 bytes for most programs, and some tests want long ones of their own.
	if world.dir, err = os.MkdirTemp("", "banger-e2e-"); err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(world.dir)) }()
	if err := harness.Adopt(); err != nil {
		return 1, err
	}
	if err := prepare(); err != nil {
		return 1, err
	}
	before := harness.Look()
	code = m.Run()
	for _, h := range world.hosts {
		err = errors.Join(err, h.Close())
	}
	if world.internet != nil {
		err = errors.Join(err, world.internet.Close())
	}
	for _, left := range before.Left(world.hosts...) {
		err = errors.Join(err, errors.New("left behind: "+left))
	}
	harness.End()
	return code, err
}

func prepare() (err error) {
	world.programs = filepath.Join(world.dir, "bin")
	if err := os.Mkdir(world.programs, 0o755); err != nil {
		return err
	}
	if err := harness.Build(world.programs); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	if world.seed, err = harness.Seed(ctx, world.programs); err != nil {
		return err
	}
	world.host, err = newHost("shared", true)
	return err
}

// newHost makes a host, with kernel and image in it when sown.
func newHost(name string, sown bool) (*harness.Host, error) {
	h, err := harness.NewHost(world.programs, filepath.Join(world.dir, name))
	if err != nil {
		return nil, err
	}
	world.mu.Lock()
	world.hosts = append(world.hosts, h)
	world.mu.Unlock()
	if sown {
		err = h.Sow(context.Background(), world.seed)
	}
	return h, err
}

// ownHost is a host for one test: its daemon ends and its folders go with the test. It makes no templates and no
// spares, which would take the processors from other tests.
func ownHost(t *testing.T, sown bool) *harness.Host {
	t.Helper()
	h := forkingHost(t, sown)
	h.Extra = []string{"BANGER_TEMPLATE_BUDGET=0", "BANGER_SPARES=0"}
	return h
}

// forkingHost is a host for one test that does as users' do.
func forkingHost(t *testing.T, sown bool) *harness.Host {
	t.Helper()
	dir, err := os.MkdirTemp(world.dir, "h")
	if err != nil {
		t.Fatal(err)
	}
	h, err := newHost(filepath.Join(filepath.Base(dir), "h"), sown)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}
