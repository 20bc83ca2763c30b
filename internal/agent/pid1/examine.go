package pid1

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"banger/internal/guestlink"
)

// Examine implements agent.System. The clock and the random numbers are compared by the host, which knows of others.
func (m *machine) Examine(c guestlink.Configure) []guestlink.Check {
	var disks []error
	for _, v := range m.writable {
		disks = append(disks, v.compare())
	}
	checks := []guestlink.Check{{Name: "ids"}, {Name: "disks"}, {Name: "network"}}
	for i, err := range []error{examineIDs(c), errors.Join(disks...), m.networkError} {
		if err != nil {
			checks[i].Failure = err.Error()
		}
	}
	return checks
}

// examineIDs reads where programs do what they take for this guest's own.
func examineIDs(c guestlink.Configure) error {
	hostname, err := os.Hostname()
	if c.Hostname != "" && hostname != c.Hostname {
		err = errors.Join(err, fmt.Errorf("the hostname is %q, not %q", hostname, c.Hostname))
	}
	for path, want := range map[string]string{"/etc/machine-id": c.MachineID, bootIDFile: c.BootID} {
		if want == "" {
			continue
		}
		text, readErr := os.ReadFile(path)
		if got := strings.TrimSpace(string(text)); readErr != nil || got != want {
			err = errors.Join(err, fmt.Errorf("%s says %.40q, not %q", path, got, want), readErr)
		}
	}
	return err
}
