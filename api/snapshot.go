package api

import "time"

// Snapshot is a VM as it was at one moment, kept under a name.
type Snapshot struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	VM      string    `json:"vm" doc:"name of the VM when it was taken"`
	VMID    string    `json:"vm_id"`
	Memory  bool      `json:"memory" doc:"the VM ran: it goes on from here when it is restored"`
	Size    int64     `json:"size_bytes" doc:"what its files take on the disk"`
	Created time.Time `json:"created_at"`
}

// SnapshotList is every snapshot, oldest first.
type SnapshotList struct {
	Snapshots []Snapshot `json:"snapshots"`
}

// SnapshotVM asks for a snapshot.
type SnapshotVM struct {
	Name string `json:"name"`
}

// RestoreVM asks that a VM be what it was.
type RestoreVM struct {
	Snapshot string `json:"snapshot" doc:"name"`
	Force    bool   `json:"force,omitempty" doc:"do not keep what is there now"`
}

// Restored is a VM that is what it was.
type Restored struct {
	Started
	Safety string `json:"safety,omitempty" doc:"name of the snapshot of what was there before"`
}
