package cli

import (
	"time"

	"github.com/spf13/pflag"

	"banger/internal/config"
)

// idleStop is a flag that takes a time, or off, which is 0.
type idleStop time.Duration

// String satisfies pflag.Value.
func (s *idleStop) String() string {
	if *s == 0 {
		return "off"
	}
	return time.Duration(*s).String()
}

// Set satisfies pflag.Value.
func (s *idleStop) Set(text string) error {
	d, err := config.ParseIdle(text)
	*s = idleStop(d)
	return err
}

// Type satisfies pflag.Value.
func (s *idleStop) Type() string { return "TIME" }

func (s *idleStop) addFlag(flags *pflag.FlagSet) {
	flags.Var(s, "idle-stop", "power the VM off when nobody has used it for so long, such as 30m; off: never")
}
