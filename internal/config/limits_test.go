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
