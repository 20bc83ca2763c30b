package guestlink

// MaxPorts bounds how many listeners a guest tells of.
const MaxPorts = 4096

// Port is a socket of the guest's that waits for others to call. The guest is free to lie.
type Port struct {
	Protocol string `json:"protocol"` // tcp, tcp6, udp or udp6
	Address  string `json:"address"`
	Port     uint16 `json:"port"`
	// PID is the process that has it; the lowest when there are several, 0 when none was found.
	PID     int    `json:"pid,omitempty"`
	Process string `json:"process,omitempty"` // its name
}
