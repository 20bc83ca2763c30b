package api

import "time"

// Version names a build.
type Version struct {
	Version string `json:"version" doc:"of the program"`
	Commit  string `json:"commit,omitempty" doc:"that it was built from"`
	API     string `json:"api" doc:"version of the API: v1"`
}

// Status is how the daemon is. It is also the handshake: a client asks for it
// first, and replaces a daemon whose program is older than the one it would start.
type Status struct {
	PID     int            `json:"pid" doc:"process id of the daemon"`
	Version string         `json:"version" doc:"of the program"`
	Built   time.Time      `json:"built_at" doc:"modification time of the daemon's program when it was started, in nanoseconds"`
	Socket  string         `json:"socket" doc:"path of the socket that it serves"`
	Started time.Time      `json:"started_at" doc:"when it was started"`
	Uptime  int64          `json:"uptime_ms" doc:"since then"`
	Engine  string         `json:"engine" doc:"what engine auto comes to on this host; empty when it has none"`
	Why     string         `json:"engine_why,omitempty" doc:"why it is that one, or why there is none"`
	VMs     map[string]int `json:"vms" doc:"number of VMs by state"`
	Spares  int            `json:"spares" doc:"forks that wait for whoever needs a VM next"`
	Proxy   string         `json:"proxy,omitempty" doc:"address at which a browser reaches the web server of VM NAME as http://NAME.localhost and the port; empty when the daemon does not listen for browsers"`
	DNS     DNS            `json:"dns" doc:"the DNS server for names of VMs"`
}

// DNS is the server that answers for names of VMs, such as web.vm.
type DNS struct {
	Listen  string `json:"listen,omitempty" doc:"address and port, by UDP and TCP; left out when the setting dns_listen is off"`
	Problem string `json:"problem,omitempty" doc:"why nothing answers there"`
}

// Progress is one word of progress of a long request.
type Progress struct {
	Phase   string `json:"phase" doc:"what is being done"`
	Message string `json:"message,omitempty" doc:"more about it, for people"`
	Done    int64  `json:"done,omitempty" doc:"how much of it is done"`
	Total   int64  `json:"total,omitempty" doc:"how much there is; 0 when nobody knows"`
	Unit    string `json:"unit,omitempty" doc:"what done and total count"`
}

// Problem is an error, as application/problem+json.
type Problem struct {
	Type   string `json:"type" doc:"always about:blank; the code tells kinds apart"`
	Title  string `json:"title" doc:"name of the HTTP status"`
	Status int    `json:"status" doc:"HTTP status"`
	Detail string `json:"detail" doc:"what was tried and why it failed"`
	Code   string `json:"code" enum:"invalid,not_found,ambiguous,taken,conflict,unavailable,exhausted,damaged,guest,timeout,canceled,internal" doc:"stable word for scripts"`
	Remedy string `json:"remedy,omitempty" doc:"what to do"`
	// Operation finds what was done in the logs of daemon and supervisors.
	Operation string `json:"operation,omitempty" doc:"id of the request"`
}
