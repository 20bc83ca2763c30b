package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"banger/internal/guestlink"
	"banger/test/harness"
)

// vmName is the VM that is measured while it runs.
const vmName = "bench"

const (
	startRuns = 40
	bootRuns  = 7
	execRuns  = 60
)

type benchmark struct {
	dir      string
	programs string
	host     *harness.Host
	parts    parts
	hello    string // the program that prints one line
	seed     string // folder that hosts are sown from
}

// prepare makes everything that is not measured: host, kernel, image, initramfs, the floor's program.
func (b *benchmark) prepare(ctx context.Context) (err error) {
	if b.hello, err = buildHello(b.dir); err != nil {
		return err
	}
	if b.seed, err = harness.Seed(ctx, b.programs); err != nil {
		return err
	}
	if b.host, err = harness.NewHost(b.programs, filepath.Join(b.dir, "host")); err != nil {
		return err
	}
	if err := b.host.Sow(ctx, b.seed); err != nil {
		return err
	}
	// The first start makes the initramfs and starts the daemon.
	if _, err := b.banger(ctx, nil, nil, "vm", "create", "--no-fork", "--name", vmName, "--vcpu", "1", "--memory", "512M"); err != nil {
		return err
	}
	if b.parts.tuning, err = tuningOf(harness.Arguments("banger-" + vmName)); err != nil {
		return err
	}
	if _, err := b.banger(ctx, nil, nil, "vm", "stop", vmName); err != nil {
		return err
	}
	b.parts.kernel = filepath.Join(b.host.State, "kernels", harness.Kernel, "vmlinux")
	b.parts.modules = filepath.Join(b.host.State, "kernels", harness.Kernel, "modules.ext4")
	for path, pattern := range map[*string]string{
		&b.parts.rootfs:    filepath.Join(b.host.State, "images", "*", "rootfs.ext4"),
		&b.parts.initramfs: filepath.Join(b.host.Cache, "initramfs", "*"),
	} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			return fmt.Errorf("nothing matches %s", pattern)
		}
		*path = found[0]
	}
	return nil
}

func buildHello(dir string) (string, error) {
	source := filepath.Join(dir, "hello.go")
	text := "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(\"hello\") }\n"
	if err := os.WriteFile(source, []byte(text), 0o600); err != nil {
		return "", err
	}
	program := filepath.Join(dir, "hello")
	if out, err := exec.Command("go", "build", "-o", program, source).CombinedOutput(); err != nil {
		return "", fmt.Errorf("build hello: %w: %s", err, out)
	}
	return program, nil
}

// banger times one command, which must succeed.
func (b *benchmark) banger(ctx context.Context, in io.Reader, out io.Writer, args ...string) (time.Duration, error) {
	call := b.host.Banger(args...).Input(in)
	call.Stdout = out
	return timed(ctx, call)
}

func timed(ctx context.Context, call *harness.Call) (time.Duration, error) {
	r := call.Run(ctx)
	if r.Err != nil || r.Exit != 0 {
		return 0, fmt.Errorf("%s %q: exit %d %w: %s", filepath.Base(call.Path), call.Args, r.Exit, r.Err, r.Stderr)
	}
	return r.Took, nil
}

// measure takes one or more figures.
type measure func(*benchmark, context.Context) ([]figure, error)

func choose(first, tuning, memory, control, workspace, network bool) []measure {
	switch {
	case tuning:
		return []measure{(*benchmark).tuning}
	case control:
		return []measure{(*benchmark).control}
	case workspace:
		return []measure{(*benchmark).warm, (*benchmark).workspace}
	case network:
		return []measure{(*benchmark).warm, (*benchmark).addresses, (*benchmark).network}
	case memory:
		return []measure{(*benchmark).warm, (*benchmark).memory}
	}
	all := []measure{(*benchmark).start, (*benchmark).boot, (*benchmark).running, (*benchmark).forks, (*benchmark).fork, (*benchmark).workspace, (*benchmark).addresses, (*benchmark).network, (*benchmark).control, (*benchmark).memory}
	if first {
		all = append(all, (*benchmark).firstRun)
	}
	return all
}

func (b *benchmark) all(ctx context.Context, measures []measure) (figures []figure, err error) {
	for _, take := range measures {
		more, err := take(b, ctx)
		if err != nil {
			return nil, err
		}
		figures = append(figures, more...)
	}
	return figures, nil
}

// start measures how long the command line takes to do next to nothing.
func (b *benchmark) start(ctx context.Context) ([]figure, error) {
	var got, raw []time.Duration
	for range startRuns {
		floor, err := timed(ctx, &harness.Call{Path: b.hello, Env: b.host.Env(), Dir: b.dir})
		if err != nil {
			return nil, err
		}
		took, err := b.banger(ctx, nil, nil, "version")
		if err != nil {
			return nil, err
		}
		got, raw = append(got, took), append(raw, floor)
	}
	return []figure{atMostTimes("`banger version`, beside a Go hello world", got, raw, 2.2)}, nil
}

// boot measures a whole life of a VM, beside the bare boot.
func (b *benchmark) boot(ctx context.Context) ([]figure, error) {
	var got, raw []time.Duration
	for range bootRuns {
		m, err := bootRaw(ctx, b.dir, b.parts)
		if err != nil {
			return nil, err
		}
		if err := m.end(); err != nil {
			return nil, err
		}
		took, err := b.banger(ctx, nil, nil, "vm", "run", "--no-fork", "--rm", "-q", "--vcpu", "1", "--memory", "512M", "--", "true")
		if err != nil {
			return nil, err
		}
		got, raw = append(got, took), append(raw, m.took)
	}
	return []figure{atMostTimes("`vm run --no-fork --rm -- true`, beside QEMU by hand to the agent's first answer", got, raw, 1.25)}, nil
}

// running measures what is done with a VM that runs: commands, copies, its stop.
func (b *benchmark) running(ctx context.Context) (figures []figure, err error) {
	raw, err := bootRaw(ctx, b.dir, b.parts)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, raw.end()) }()
	if _, err := b.banger(ctx, nil, nil, "vm", "start", vmName); err != nil {
		return nil, err
	}
	execs, err := b.execs(ctx, raw)
	if err != nil {
		return nil, err
	}
	copies, err := b.copies(ctx, raw)
	if err != nil {
		return nil, err
	}
	stops, err := b.stops(ctx)
	return append(append(execs, copies...), stops...), err
}

func (b *benchmark) execs(ctx context.Context, raw *rawMachine) ([]figure, error) {
	var got, floor []time.Duration
	for range execRuns {
		bare, err := raw.exec(ctx, guestlink.IO{}, "/bin/true")
		if err != nil {
			return nil, err
		}
		took, err := b.banger(ctx, nil, nil, "vm", "exec", vmName, "--", "true")
		if err != nil {
			return nil, err
		}
		got, floor = append(got, took), append(floor, bare)
	}
	return []figure{atMost("`vm exec -- true`, beside the same over the bare guest link", got, floor, 60*time.Millisecond)}, nil
}

func (b *benchmark) stops(ctx context.Context) ([]figure, error) {
	var got []time.Duration
	for range bootRuns {
		took, err := b.banger(ctx, nil, nil, "vm", "stop", vmName)
		if err != nil {
			return nil, err
		}
		got = append(got, took)
		if _, err := b.banger(ctx, nil, nil, "vm", "start", vmName); err != nil {
			return nil, err
		}
	}
	return []figure{atMost("`vm stop` of an idle VM", got, nil, 1500*time.Millisecond)}, nil
}

// firstRun measures what a first run on a new host makes.
func (b *benchmark) firstRun(ctx context.Context) (figures []figure, err error) {
	h, err := harness.NewHost(b.programs, filepath.Join(b.dir, "new"))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	var sum time.Duration
	for _, part := range []struct {
		what string
		args []string
	}{
		{"first run: `kernel pull`", []string{"kernel", "pull"}},
		{"first run: `image build debian-bookworm`", []string{"image", "build", harness.Image}},
		{"first run: `vm run --rm -- uname -a`", []string{"vm", "run", "--rm", "--", "uname", "-a"}},
	} {
		took, err := timed(ctx, h.Banger(part.args...))
		if err != nil {
			return nil, err
		}
		sum += took
		figures = append(figures, figure{what: part.what, got: millis(took), goal: "stated", runs: 1, satisfied: true})
	}
	return append(figures, atMost("first run, together", []time.Duration{sum}, nil, 150*time.Second)), nil
}
