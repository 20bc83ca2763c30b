package api

import "time"

// Snapshot is a VM as it was at one moment, kept under a name.
type Snapshot struct {
	ID      string    `json:"id" doc:"never changes"`
	Name    string    `json:"name" doc:"what people call it"`
	VM      string    `json:"vm" doc:"name of the VM when it was taken"`
	VMID    string    `json:"vm_id" doc:"id of the VM that it was taken of"`
	Memory  bool      `json:"memory" doc:"the VM ran: it goes on from here when it is restored"`
	Size    int64     `json:"size_bytes" doc:"what its files take on the disk"`
	Created time.Time `json:"created_at" doc:"when it was taken"`
}

// SnapshotList is every snapshot, oldest first.
type SnapshotList struct {
	Snapshots []Snapshot `json:"snapshots" doc:"every one"`
}

// SnapshotVM asks for a snapshot.
type SnapshotVM struct {
	Name string `json:"name" doc:"what it will be called"`
}

// RestoreVM asks that a VM be what it was.
type RestoreVM struct {
	Snapshot string `json:"snapshot" doc:"name of the snapshot"`
	Force    bool   `json:"force,omitempty" doc:"do not keep what is there now"`
}

// Restored is a VM that is what it was.
type Restored struct {
	Started
	Safety string `json:"safety,omitempty" doc:"name of the snapshot of what was there before"`
}
