package guestlink

import "fmt"

// PortName is the name of the virtio-serial port that carries the guest link.
const PortName = "banger.link"

// Magic begins every Hello.
const Magic = "banger"

// Generation is the newest protocol that this program speaks, MinGeneration the oldest. What is new: in 2, a
// link can be frozen and reset.
const (
	Generation    = 2
	MinGeneration = 1
)

// Hello introduces one end to the other. The host leaves Version, BootID and Release empty.
type Hello struct {
	Magic         string `json:"magic"`
	Generation    int    `json:"generation"`
	MinGeneration int    `json:"min_generation"`
	// Version is the program's own version, for people.
	Version string `json:"version,omitempty"`
	// BootID is the guest kernel's random boot id, a UUID.
	BootID string `json:"boot_id,omitempty"`
	// Release is the guest kernel's release, as uname -r prints it.
	Release string `json:"release,omitempty"`
}

// NewHello is a Hello with magic and generations filled in.
func NewHello(version string) Hello {
	return Hello{Magic: Magic, Generation: Generation, MinGeneration: MinGeneration, Version: version}
}

// check tells whether the peer who said h can be talked to.
func (h Hello) check() error {
	if h.Magic != Magic {
		return fmt.Errorf("the peer does not speak the guest link protocol")
	}
	if min(h.Generation, Generation) < max(h.MinGeneration, MinGeneration) {
		return fmt.Errorf("the peer speaks guest link generations %d to %d, this program %d to %d",
			h.MinGeneration, h.Generation, MinGeneration, Generation)
	}
	for _, s := range []string{h.Version, h.BootID, h.Release} {
		if !plain(s) {
			return fmt.Errorf("the peer's hello holds text that is too long or not printable")
		}
	}
	return nil
}

// plain reports whether s is short and printable ASCII, as versions, ids and releases are.
func plain(s string) bool {
	if len(s) > 128 {
		return false
	}
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
