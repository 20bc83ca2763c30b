package cli

import (
	"strings"
	"testing"
	"time"
)

func TestTimeOf(t *testing.T) {
	for d, want := range map[time.Duration]string{
		2 * time.Second: "2s", 30 * time.Minute: "30m", time.Hour: "1h", 90 * time.Minute: "1h30m", time.Hour + time.Second: "1h0m1s", 10 * time.Minute: "10m",
	} {
		if got := timeOf(d); got != want {
			t.Errorf("%v is written %q, want %q", d, got, want)
		}
	}
}

// TestIdleStopOfNewVMs: those that a command was run in stop by themselves, others do not unless the configuration says so.
func TestIdleStopOfNewVMs(t *testing.T) {
	for _, c := range []struct {
		setting, line string
		want          time.Duration
	}{
		{"", "run -- true", 30 * time.Minute}, {"", "run -d -- true", 30 * time.Minute}, {"", "run -d", 0}, {"", "run --rm -- true", 0}, {"", "vm create", 0},
		{"2h", "run -d", 2 * time.Hour}, {"2h", "vm create", 2 * time.Hour}, {"2h", "run --rm -- true", 0}, {"off", "run -- true", 0},
	} {
		w := newWorld(t)
		w.env["BANGER_IDLE_STOP"] = c.setting
		asked, _ := w.offer(t, exits(t, `{"code":0}`))
		if r := w.run(strings.Fields(c.line)...); r.status != 0 {
			t.Fatalf("%s: %s", c.line, r.stderr)
		}
		if got := time.Duration(asked.IdleStop) * time.Millisecond; got != c.want {
			t.Errorf("idle_stop %q, %s: asked for %v, want %v", c.setting, c.line, got, c.want)
		}
	}
}

func TestRunSaysWhenTheVMStops(t *testing.T) {
	w := newWorld(t)
	m := exits(t, `{"code":0}`)
	m.VM.IdleStop = 1_800_000
	w.offer(t, m)
	w.run("run", "--", "true").want(t, 0, "true\n", "stops it, and it stops by itself when nobody uses it for 30m\n")
}
