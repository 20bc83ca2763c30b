package guestlink

import (
	"net/netip"
	"time"
)

// Op is what a Request asks for.
type Op string

// The operations. An agent answers one that it does not know with CodeUnsupported.
const (
	OpConfigure   Op = "configure"    // make this guest a certain VM
	OpExec        Op = "exec"         // run a command; the stream goes on with frames
	OpSync        Op = "sync"         // write all file systems to disk; the answer comes when that is done
	OpPowerOff    Op = "poweroff"     // end the machine cleanly; the answer comes first
	OpInfo        Op = "info"         // answer with Info
	OpCopyFrom    Op = "copy_from"    // send a file or folder; the stream goes on as a copy
	OpCopyTo      Op = "copy_to"      // take a file or folder; likewise
	OpPorts       Op = "ports"        // answer with the listeners
	OpTreePut     Op = "tree_put"     // take the files of a workspace; the stream goes on as a copy
	OpTreeChanges Op = "tree_changes" // tell what has become of it; likewise
	OpTreeGet     Op = "tree_get"     // send files of it; likewise, both ways
	OpMark        Op = "mark"         // put a new marker on each writable disk, by which a copy is told from another's, and do as OpSync does
)

// Request is the first message on a stream. The field of its Op is set, the others are nil.
type Request struct {
	Op        Op         `json:"op"`
	Configure *Configure `json:"configure,omitempty"`
	Exec      *Exec      `json:"exec,omitempty"`
	CopyFrom  *CopyFrom  `json:"copy_from,omitempty"`
	CopyTo    *CopyTo    `json:"copy_to,omitempty"`
	Ports     *ListPorts `json:"ports,omitempty"` // nil is the zero value

	TreePut     *TreePut     `json:"tree_put,omitempty"`
	TreeChanges *TreeChanges `json:"tree_changes,omitempty"`
	TreeGet     *TreeGet     `json:"tree_get,omitempty"`
}

// Response answers a Request. Error is nil when it succeeded.
type Response struct {
	Error *Error `json:"error,omitempty"`
	Info  *Info  `json:"info,omitempty"`
	// SelfTest answers OpConfigure.
	SelfTest *SelfTest `json:"self_test,omitempty"`
	// Source answers OpCopyFrom.
	Source *Source `json:"source,omitempty"`
	// Ports answers OpPorts; at most MaxPorts.
	Ports []Port `json:"ports,omitempty"`
	// Tree answers OpTreeChanges.
	Tree *Tree `json:"tree,omitempty"`
}

// Configure makes a generic guest a certain VM. It can be sent again: what it holds replaces
// what an earlier one set. Empty fields change nothing.
type Configure struct {
	Hostname string `json:"hostname,omitempty"`
	// Address is the guest's IPv4 address, from which all that its interface gets follows (package network/address). 0.0.0.0 takes that away again.
	Address netip.Addr `json:"address,omitzero"`
	// Now is the host's time; the guest's clock is stepped to it. Zero leaves the clock alone.
	Now time.Time `json:"now,omitzero"`
	// Entropy seeds the guest's random number generator; at most 512 bytes are used.
	Entropy []byte `json:"entropy,omitempty"`
	// Env is added to the environment of every command; Exec.Env wins over it.
	Env map[string]string `json:"env,omitempty"`
	// MachineID is the guest's for good: 32 hexadecimal digits (machine-id(5)).
	MachineID string `json:"machine_id,omitempty"`
	// BootID takes the place of the kernel's, which all copies of a guest share: a UUID.
	BootID string `json:"boot_id,omitempty"`
	// Disks are the sizes in bytes, by serial, that disks are about to have got; their file systems are grown to them.
	Disks map[string]int64 `json:"disks,omitempty"`
	// Fresh says that the disks are new: what an image brings along and must be each guest's own is made anew.
	Fresh bool `json:"fresh,omitempty"`
	// Git is who commits are by in this guest, unless its own configuration says otherwise; what is empty is nobody's.
	Git *Identity `json:"git,omitempty"`
	// Forked says that the guest goes on from a copy of another: the executables in HooksDir are run.
	Forked bool `json:"forked,omitempty"`
	// Connected says that the other one had a network: the connections that were made with it are reset.
	Connected bool `json:"connected,omitempty"`
}

// Identity is a user's for git, one line each; both may be empty.
type Identity struct {
	Name  string `json:"name,omitempty"`
	Email string `json:"email,omitempty"`
}

// HooksDir is the folder in a guest whose executables are run, in the order of their names, when it has been forked.
const HooksDir = "/etc/banger/after-fork.d"

// SelfTest is what a guest found out about itself once it was configured. The guest is free to lie.
type SelfTest struct {
	Now    time.Time `json:"now"`    // its clock
	Random []byte    `json:"random"` // from its random number generator; no two guests have the same
	Checks []Check   `json:"checks"`
}

// Check is one thing that was looked at. Failure is empty when it is as it should be.
type Check struct {
	Name    string `json:"name"`
	Failure string `json:"failure,omitempty"`
}

// Exec says what to run and how.
type Exec struct {
	// Args is the command and its arguments. A command without a slash is looked for
	// in the PATH of its own environment. Empty: the user's login shell.
	Args []string `json:"args"`
	// Env is NAME=value pairs that win over the guest's own defaults.
	Env []string `json:"env,omitempty"`
	// Dir is the working directory; empty is the user's home, or / when that is missing.
	Dir string `json:"dir,omitempty"`
	// User is a name or uid of the guest's, with :group or :gid if wanted; empty is root.
	User string `json:"user,omitempty"`
	// TTY runs it on a pseudo terminal of Rows by Cols; everything it writes is then stdout.
	TTY  bool   `json:"tty,omitempty"`
	Rows uint16 `json:"rows,omitempty"`
	Cols uint16 `json:"cols,omitempty"`
	// Stdin says that stdin frames follow; without it the command reads end of file.
	Stdin bool `json:"stdin,omitempty"`
	// Detach lets it run on by itself: the stream ends after the Response, output
	// goes to the guest's console.
	Detach bool `json:"detach,omitempty"`
	// TimeoutMillis, when not 0, ends the command after that time: SIGTERM, then SIGKILL.
	TimeoutMillis int64 `json:"timeout_ms,omitempty"`
}

// Info is what a guest says about itself; nothing on the host may depend on its truth.
type Info struct {
	BootID       string `json:"boot_id"`
	Release      string `json:"release"`
	Version      string `json:"version"` // the agent's
	UptimeMillis int64  `json:"uptime_ms"`
	MemTotal     int64  `json:"mem_total"`     // bytes
	MemAvailable int64  `json:"mem_available"` // bytes, without swapping
	Execs        int    `json:"execs"`         // commands that run now, detached ones included
}
