package model

import "time"

// Snapshot is a VM as it was at one moment, kept under a name. It outlives the VM.
type Snapshot struct {
	ID      string // 32 hexadecimal digits, which also name its folder
	Name    string // unique
	VMID    string // the VM that it is of
	VMName  string // its name then
	ImageID string
	// Memory is true when the VM ran: the snapshot holds its memory and its devices, and can be gone on from.
	Memory bool
	// Engine and KernelSum are of the start that it ran by; a VM can go on with the same only.
	Engine    string
	KernelSum string
	Spec      Spec
	CreatedAt time.Time
}
