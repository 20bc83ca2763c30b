package api

import "time"

// NetworkEvent is something that a VM's guest reached, or was refused.
type NetworkEvent struct {
	Time     time.Time `json:"time" doc:"when"`
	Event    string    `json:"event" enum:"opened,closed,refused,failed,skipped" doc:"failed: allowed, and the host could not connect; skipped: there was more than is written"`
	Number   uint64    `json:"number,omitempty" doc:"of a connection, the same when it is opened and closed"`
	Protocol string    `json:"protocol,omitempty" doc:"tcp, udp, ping, dns"`
	Name     string    `json:"name,omitempty" doc:"what was asked for, or the names that led to the address"`
	Address  string    `json:"address,omitempty" doc:"of the other end"`
	Port     uint16    `json:"port,omitempty" doc:"of the other end"`
	Said     string    `json:"said,omitempty" doc:"the name that the guest gave inside the connection, when that was looked at"`
	Rule     string    `json:"rule,omitempty" doc:"what decided"`
	Sent     int64     `json:"sent,omitempty" doc:"bytes from the guest"`
	Received int64     `json:"received,omitempty" doc:"bytes to the guest"`
	Seconds  float64   `json:"seconds,omitempty" doc:"how long it lasted"`
	Error    string    `json:"error,omitempty" doc:"why it failed or broke off"`
	Skipped  int       `json:"skipped,omitempty" doc:"how many entries were left out"`
}

// NetworkFinding is what a VM's rules would do with a URL.
type NetworkFinding struct {
	Allowed bool          `json:"allowed" doc:"it could be reached, by one of its addresses at least"`
	Steps   []NetworkStep `json:"steps" doc:"the decisions on the way, in order"`
}

// NetworkStep is one decision.
type NetworkStep struct {
	Subject string `json:"subject" doc:"a name, or a protocol with an address and a port"`
	Allowed bool   `json:"allowed" doc:"what was decided"`
	Rule    string `json:"rule" doc:"what decided"`
	Reason  string `json:"reason" doc:"as a sentence"`
}

// PublishPort names a port of this host that leads to a VM, or is to do so no more.
type PublishPort struct {
	Port string `json:"port" doc:"[ADDR:]HOST:GUEST; ADDR is 127.0.0.1 when missing, HOST a free port when empty or 0. Not to publish any more: also a port of this host, or else of the VM"`
}

// PublishedPort is where this host leads to a VM.
type PublishedPort struct {
	Address string `json:"address,omitempty" doc:"of this host; missing while the VM does not run"`
}
