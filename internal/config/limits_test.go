package config

import (
	"testing"
	"time"
)

func TestLimits(t *testing.T) {
	for text, want := range map[string]int64{"80%": 800, "250%": 2500, "0": 0, "4M": 4 << 20} {
		l, err := limit.parse(text)
		if err != nil || l.Of(1000) != want || limit.format(l) != text {
			t.Errorf("%s is %d of 1000 and written %q (%v), want %d", text, l.Of(1000), limit.format(l), err, want)
		}
	}
	for _, text := range []string{"", "%", "0%", "-1%", "10001%", "80 %", "much", "1.5%"} {
		if l, err := limit.parse(text); err == nil {
			t.Errorf("%q passes for %+v", text, l)
		}
	}
}

func TestIdleStop(t *testing.T) {
	for text, want := range map[string][2]time.Duration{
		"auto": {0, 30 * time.Minute}, "off": {}, "1h0m0s": {time.Hour, time.Hour},
	} {
		s, err := idleStop.parse(text)
		if err != nil || s.For(false) != want[0] || s.For(true) != want[1] || idleStop.format(s) != text {
			t.Errorf("%s: %v without a command and %v with, written %q (%v)", text, s.For(false), s.For(true), idleStop.format(s), err)
		}
	}
	for _, text := range []string{"", "0", "0s", "-1m", "1.5s", "30", "on"} {
		if s, err := idleStop.parse(text); err == nil {
			t.Errorf("%q passes for %+v", text, s)
		}
	}
}

// What is accepted is written as it can be read again.
func FuzzLimits(f *testing.F) {
	for _, s := range []string{"80%", "4G", "0", "off", "auto", "30m", "1e3%", "-1%", "9999999999999999999%"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if l, err := limit.parse(text); err == nil {
			again, err := limit.parse(limit.format(l))
			if err != nil || again != l || l.Of(1<<40) < 0 {
				t.Errorf("%q is %+v, written %q, which is %+v (%v)", text, l, limit.format(l), again, err)
			}
		}
		if s, err := idleStop.parse(text); err == nil {
			again, err := idleStop.parse(idleStop.format(s))
			if err != nil || again != s || s.For(true) < 0 {
				t.Errorf("%q is %+v, written %q, which is %+v (%v)", text, s, idleStop.format(s), again, err)
			}
		}
	})
}
