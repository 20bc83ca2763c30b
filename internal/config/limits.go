package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Quota is what all VMs together may take.
type Quota struct {
	VMs    int   // how many there may be; 0 for any number
	Memory Limit // of the host's, promised to VMs that run
	Disk   Limit // of the one that VMs' disks are on, in use by whomever
}

// Limit is a size, a part of the whole, or none, which is the zero value.
type Limit struct {
	Bytes   int64
	Percent int
}

// Of is the limit in bytes where the whole is total; 0 for none.
func (l Limit) Of(total int64) int64 {
	if l.Percent > 0 {
		return int64(float64(total) / 100 * float64(l.Percent))
	}
	return l.Bytes
}

// maxPercent is of memory that is promised more than once; forks share much of theirs.
const maxPercent = 10_000

var limit = kind[Limit]{
	format: func(l Limit) string {
		if l.Percent > 0 {
			return strconv.Itoa(l.Percent) + "%"
		}
		return exactSize(l.Bytes)
	},
	parse: func(s string) (Limit, error) {
		if digits, ok := strings.CutSuffix(s, "%"); ok {
			n, err := strconv.Atoi(digits)
			if err != nil || n < 1 || n > maxPercent {
				return Limit{}, fmt.Errorf("%q is not a part from 1%% to %d%%", s, maxPercent)
			}
			return Limit{Percent: n}, nil
		}
		bytes, err := sizeOrNone.parse(s)
		return Limit{Bytes: bytes}, err
	},
}

// IdleStop is how long a VM may go unused before it is stopped.
type IdleStop struct {
	Auto  bool          // autoIdle for VMs that a command was run in, for ever for others
	After time.Duration // otherwise; 0 means for ever
}

// autoIdle is for VMs that are probably forgotten once their command has ended.
const autoIdle = 30 * time.Minute

// For is the time for a new VM, 0 for ever; command tells whether it is made to run one.
func (s IdleStop) For(command bool) time.Duration {
	switch {
	case !s.Auto:
		return s.After
	case command:
		return autoIdle
	}
	return 0
}

var idleStop = kind[IdleStop]{
	format: func(s IdleStop) string {
		switch {
		case s.Auto:
			return "auto"
		case s.After == 0:
			return "off"
		}
		return s.After.String()
	},
	parse: func(s string) (IdleStop, error) {
		if s == "auto" {
			return IdleStop{Auto: true}, nil
		}
		after, err := ParseIdle(s)
		return IdleStop{After: after}, err
	},
}

// ParseIdle reads a time of whole seconds, such as 30m, or off, which is 0.
func ParseIdle(s string) (time.Duration, error) {
	if s == "off" {
		return 0, nil
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < time.Second || d%time.Second != 0 {
		return 0, errors.New("it is off, or a time of whole seconds such as 30m")
	}
	return d, nil
}
