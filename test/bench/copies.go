package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"time"

	"banger/internal/guestlink"
)

const (
	copyRuns = 3
	copySize = 256 << 20 // bytes
)

// copies measures 256 MiB into the guest, out of it, and through it and back.
func (b *benchmark) copies(ctx context.Context, raw *rawMachine) ([]figure, error) {
	data := make([]byte, copySize)
	rand.Read(data)
	size := fmt.Sprint(copySize)
	ways := []struct {
		what string
		in   bool // data goes in
		out  bool // data comes out
		args []string
	}{
		{"256 MiB into the guest (`vm exec -i -- sh -c 'cat >/dev/null'`)", true, false, []string{"sh", "-c", "cat >/dev/null"}},
		{"256 MiB out of the guest (`vm exec -- head -c 256M /dev/zero`)", false, true, []string{"head", "-c", size, "/dev/zero"}},
		{"256 MiB through `vm exec -i -- cat` and back, compared byte for byte", true, true, []string{"cat"}},
	}
	var figures []figure
	for _, way := range ways {
		var got, floor []time.Duration
		for range copyRuns {
			sink := &comparer{}
			var in io.Reader
			flags := []string{"vm", "exec"}
			if way.in {
				in, flags = bytes.NewReader(data), append(flags, "-i")
				if way.out {
					sink.want = data
				}
			}
			bare, err := raw.exec(ctx, guestlink.IO{Stdin: in, Stdout: sink}, way.args...)
			if err := errors.Join(err, sink.check(way.out)); err != nil {
				return nil, fmt.Errorf("%s, by hand: %w", way.what, err)
			}
			if way.in {
				in = bytes.NewReader(data)
			}
			took, err := b.banger(ctx, in, sink, append(append(flags, vmName, "--"), way.args...)...)
			if err := errors.Join(err, sink.check(way.out)); err != nil {
				return nil, fmt.Errorf("%s: %w", way.what, err)
			}
			got, floor = append(got, took), append(floor, bare)
		}
		figures = append(figures, stated(way.what, copySize, got, floor))
	}
	return figures, nil
}

// comparer counts what is written to it and compares it with what it should be.
type comparer struct {
	want   []byte // nil: anything
	n      int
	differ bool
}

func (c *comparer) Write(p []byte) (int, error) {
	if c.want != nil && (c.n+len(p) > len(c.want) || !bytes.Equal(p, c.want[c.n:c.n+len(p)])) {
		c.differ = true
	}
	c.n += len(p)
	return len(p), nil
}

// check tells what was wrong and begins anew.
func (c *comparer) check(all bool) error {
	n, differ := c.n, c.differ
	c.n, c.differ = 0, false
	if differ || all && n != copySize {
		return fmt.Errorf("%d bytes came of %d, and some differ: %v", n, copySize, differ)
	}
	return nil
}
