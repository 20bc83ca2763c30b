package api

import "time"

// Version names a build.
type Version struct {
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"`
	API     string `json:"api" doc:"v1"`
}

// Status is how the daemon is. It is also the handshake: a client asks for it
// first, and replaces a daemon whose program is older than the one it would start.
type Status struct {
	PID     int            `json:"pid"`
	Version string         `json:"version"`
	Built   time.Time      `json:"built_at" doc:"modification time of the daemon's program when it was started, in nanoseconds"`
	Socket  string         `json:"socket"`
	Started time.Time      `json:"started_at"`
	Uptime  int64          `json:"uptime_ms"`
	Engine  string         `json:"engine" doc:"what engine auto comes to on this host; empty when it has none"`
	Why     string         `json:"engine_why,omitempty" doc:"why it is that one, or why there is none"`
	VMs     map[string]int `json:"vms" doc:"number of VMs by state"`
	Spares  int            `json:"spares" doc:"forks that wait for whoever needs a VM next"`
}

// Progress is one word of progress of a long request.
type Progress struct {
	Phase   string `json:"phase"`
	Message string `json:"message,omitempty"`
	Done    int64  `json:"done,omitempty"`
	Total   int64  `json:"total,omitempty"`
	Unit    string `json:"unit,omitempty"`
}

// Problem is an error, as application/problem+json.
type Problem struct {
	Type   string `json:"type" doc:"about:blank"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail" doc:"what was tried and why it failed"`
	Code   string `json:"code" doc:"stable word for scripts"`
	Remedy string `json:"remedy,omitempty" doc:"what to do"`
	// Operation finds what was done in the logs of daemon and supervisors.
	Operation string `json:"operation,omitempty" doc:"id of the request"`
}
