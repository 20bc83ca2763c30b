package cli

import (
	"errors"
	"time"

	"github.com/spf13/pflag"
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
	if text == "off" {
		*s = 0
		return nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < time.Second || d%time.Second != 0 {
		return errors.New("it is off, or a time of whole seconds such as 30m")
	}
	*s = idleStop(d)
	return nil
}

// Type satisfies pflag.Value.
func (s *idleStop) Type() string { return "TIME" }

func (s *idleStop) addFlag(flags *pflag.FlagSet) {
	flags.Var(s, "idle-stop", "power the VM off when nobody has used it for so long, such as 30m; off: never")
}
