package api

import "time"

// Stats is what a running VM uses at one moment. Numbers that grow tell a rate by their difference.
type Stats struct {
	VM      string      `json:"vm" doc:"name"`
	ID      string      `json:"id" doc:"of the VM"`
	At      time.Time   `json:"at" doc:"when it was looked at"`
	CPU     float64     `json:"cpu_seconds" doc:"processor time of the engine since it was started"`
	Own     int64       `json:"own_memory_bytes" doc:"the host's memory that is this VM's alone"`
	Shared  int64       `json:"shared_memory_bytes" doc:"that it may share with other forks of its template"`
	Disk    int64       `json:"disk_bytes" doc:"what its disks take on the host"`
	Read    *int64      `json:"read_bytes,omitempty" doc:"that the engine read from the host's disks; missing when the host does not tell"`
	Written *int64      `json:"written_bytes,omitempty" doc:"that the engine wrote to the host's disks"`
	Guest   *GuestStats `json:"guest,omitempty" doc:"missing when the guest does not answer at once"`
}

// GuestStats is the guest's own word.
type GuestStats struct {
	MemTotal     int64 `json:"memory_total_bytes" doc:"the guest's memory"`
	MemAvailable int64 `json:"memory_available_bytes" doc:"what of it is to be had without swapping"`
	Commands     int   `json:"commands" doc:"that run now"`
}

// Port is a socket in a guest that waits for others to call. All of it is the guest's own word.
type Port struct {
	Protocol string `json:"protocol" enum:"tcp,tcp6,udp,udp6" doc:"with 6 for IPv6"`
	Address  string `json:"address" doc:"that it listens on; empty when nothing does, and a port of this host leads there"`
	Port     int    `json:"port" doc:"number"`
	Process  string `json:"process,omitempty" doc:"name of the process that has it, if one was found"`
	PID      int    `json:"pid,omitempty" doc:"of that process, in the guest"`

	Host []string `json:"host,omitempty" doc:"addresses of this host that lead to it"`
	Why  string   `json:"why,omitempty" doc:"why it is not mirrored, though the VM's ports are"`
	URL  string   `json:"url,omitempty" doc:"where a browser finds it, when it speaks HTTP"`
}

// PortList is every listener of a guest, by port.
type PortList struct {
	Ports []Port `json:"ports" doc:"every one"`
}
