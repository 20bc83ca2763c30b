package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"banger/test/harness"
)

const (
	networkVM    = "bench-network"
	networkBytes = 128 << 20
	networkRuns  = 9
	manyConns    = 2000
)

// network measures a guest's network against servers on this host's loopback.
func (b *benchmark) network(ctx context.Context) ([]figure, error) {
	s, err := newServer()
	if err != nil {
		return nil, err
	}
	defer s.close()
	if _, err := b.banger(ctx, nil, nil, "vm", "create", "--name", networkVM, "--vcpu", "1", "--memory", "512M", "--net", "host-ports="+s.ports()); err != nil {
		return nil, err
	}
	var figures []figure
	for _, take := range []func(context.Context, *server) ([]figure, error){b.toGuest, b.connects, b.connections} {
		more, err := take(ctx, s)
		if err != nil {
			return nil, err
		}
		figures = append(figures, more...)
	}
	if _, err := b.banger(ctx, nil, nil, "vm", "delete", "-f", networkVM); err != nil {
		return nil, err
	}
	stack, err := stackRate(ctx)
	return append(figures, stack), err
}

// toGuest has the guest fetch a lot.
func (b *benchmark) toGuest(ctx context.Context, s *server) ([]figure, error) {
	got, err := b.curls(ctx, "%{time_total}", fmt.Sprintf("http://$host:%d/%d", s.web, networkBytes), networkRuns)
	if err != nil {
		return nil, err
	}
	f := stated("HTTP of 128 MiB from this host's loopback to the guest", networkBytes, got, nil)
	f.goal, f.satisfied = "≥ 35 MB/s", networkBytes/p50(got).Seconds() >= 35e6
	return []figure{f}, nil
}

// connects compares connections to this host with such as the guest makes to itself.
func (b *benchmark) connects(ctx context.Context, s *server) ([]figure, error) {
	const own = 8080
	if err := b.onNetworkVM(ctx, nil, "-d", networkVM, "--", "busybox", "httpd", "-f", "-p", strconv.Itoa(own)); err != nil {
		return nil, err
	}
	const format = "%{time_connect}"
	raw, err := b.curls(ctx, format, fmt.Sprintf("http://127.0.0.1:%d/", own), 3*networkRuns)
	if err != nil {
		return nil, err
	}
	got, err := b.curls(ctx, format, fmt.Sprintf("http://$host:%d/0", s.web), 3*networkRuns)
	if err != nil {
		return nil, err
	}
	f := atMost("a TCP connection from the guest to this host, beside one to itself", got, raw, 0)
	f.goal, f.satisfied = "≤ 5 ms above raw", p50(got)-p50(raw) <= 5*time.Millisecond
	return []figure{f}, nil
}

// curls fetches a URL, in which $host is this host's address, in the guest some times, and gives the time that the format asks for.
func (b *benchmark) curls(ctx context.Context, format, url string, runs int) (times []time.Duration, err error) {
	var out bytes.Buffer
	loop := fmt.Sprintf(`host=$(ip -4 route show default | cut -d" " -f3); for i in $(seq %d); do curl -s -o /dev/null -w '%s\n' %s; done`, runs, format, url)
	if err := b.onNetworkVM(ctx, &out, networkVM, "--", "sh", "-c", loop); err != nil {
		return nil, err
	}
	for line := range strings.Lines(out.String()) {
		seconds, err := strconv.ParseFloat(strings.TrimSpace(line), 64)
		if err != nil {
			return nil, fmt.Errorf("curl in the guest said %q: %w", line, err)
		}
		times = append(times, time.Duration(seconds*float64(time.Second)))
	}
	if len(times) != runs {
		return nil, fmt.Errorf("curl in the guest said %q", out.String())
	}
	return times, nil
}

func (b *benchmark) onNetworkVM(ctx context.Context, out io.Writer, args ...string) error {
	_, err := b.banger(ctx, nil, out, append([]string{"vm", "exec"}, args...)...)
	return err
}

// connections has the guest hold thousands, and looks at what its supervisor takes meanwhile.
func (b *benchmark) connections(ctx context.Context, s *server) ([]figure, error) {
	idle, err := b.supervisor(ctx, networkVM)
	if err != nil {
		return nil, err
	}
	const hold = `for i in $(seq %d); do exec {c}<>/dev/tcp/host.banger/%d || exit 1; done; exec sleep 1000`
	if err := b.onNetworkVM(ctx, nil, "-d", networkVM, "--", "bash", "-c", fmt.Sprintf(hold, manyConns, s.hold)); err != nil {
		return nil, err
	}
	if err := s.await(ctx, manyConns); err != nil {
		return nil, err
	}
	busy, err := b.supervisor(ctx, networkVM)
	if err != nil {
		return nil, err
	}
	few := atMostBytes("memory (Pss) of the supervisor of a VM that has used its network", idle, 30e6)
	many := atMostBytes(fmt.Sprintf("the same with %d connections", manyConns), busy, 0)
	many.goal, many.satisfied = "stated", true
	return []figure{
		{what: "connections of one VM at once", got: strconv.Itoa(manyConns), goal: "≥ " + strconv.Itoa(manyConns), runs: 1, satisfied: true}, few, many,
	}, nil
}

// stackRate is what the stack alone moves on one processor, as its own benchmark has it.
func stackRate(ctx context.Context) (figure, error) {
	r := (&harness.Call{
		Path: "go", Args: []string{"test", "-run", "-", "-bench", "ToGuest", "-benchtime", "2s", "-cpu", "1", "./internal/network/stack"}, Env: os.Environ(),
	}).Run(ctx)
	rate := regexp.MustCompile(`([0-9.]+) MB/s`).FindStringSubmatch(r.Stdout)
	if r.Exit != 0 || rate == nil {
		return figure{}, fmt.Errorf("measure the network stack: exit %d: %s%s", r.Exit, r.Stdout, r.Stderr)
	}
	speed, err := strconv.ParseFloat(rate[1], 64)
	return figure{what: "the network stack alone, to a guest that is another stack, both on one processor", got: fmt.Sprintf("%.0f MB/s", speed), goal: "≥ 400 MB/s", runs: 1, satisfied: speed >= 400}, err
}
