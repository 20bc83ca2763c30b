package main

import (
	"context"
	"slices"
	"strings"
	"time"
)

// variants are changes to the engine's command line that undo one of its settings each
// (internal/vmm/qemu/tuning.go says what they are for).
var variants = []struct {
	what     string
	old, new string // in one argument; an old that is not there is a change to nothing
}{
	{"as the engine does it", "", ""},
	{"without `pit=off,pic=off`", ",pit=off,pic=off", ""},
	{"without `tb-size=64`", "tcg,tb-size=64", "tcg"},
	{"with `erms`", "max,-erms", "max"},
	{"without `cryptomgr.notests=1`", " cryptomgr.notests=1", ""},
	{"without `noreplace-smp`", " noreplace-smp", ""},
	{"without `quiet`", " quiet", ""},
}

// tuning measures what each setting is worth to a boot by hand, all in turn.
func (b *benchmark) tuning(ctx context.Context) ([]figure, error) {
	took := make([][]time.Duration, len(variants))
	for range bootRuns {
		for i, v := range variants {
			p := b.parts
			p.tuning = slices.Clone(p.tuning)
			for j, arg := range p.tuning {
				p.tuning[j] = strings.Replace(arg, v.old, v.new, 1)
			}
			m, err := bootRaw(ctx, b.dir, p)
			if err != nil {
				return nil, err
			}
			if err := m.end(); err != nil {
				return nil, err
			}
			took[i] = append(took[i], m.took)
		}
	}
	var figures []figure
	for i, v := range variants {
		f := atMost(v.what, took[i], took[0], 0)
		f.goal, f.satisfied = "stated", true
		figures = append(figures, f)
	}
	return figures, nil
}
