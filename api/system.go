package api

// DiskUsage is what banger takes on the disk.
type DiskUsage struct {
	Items []Usage `json:"items" doc:"one for each kind of things"`
	Free  int64   `json:"free_bytes" doc:"what is left where VMs keep their disks"`
	Total int64   `json:"total_bytes" doc:"size of the disk that they are on"`
}

// Usage is what one kind of things takes on the disk.
type Usage struct {
	Kind        string `json:"kind" enum:"images,kernels,vms,snapshots,templates,cache" doc:"what things they are"`
	Count       int    `json:"count" doc:"how many there are"`
	Size        int64  `json:"size_bytes" doc:"what they take together; what a file system shares between copies counts for each"`
	Reclaimable int64  `json:"reclaimable_bytes" doc:"what system prune gives back at most"`
}

// Pruned is what a prune gave back.
type Pruned struct {
	Freed int64 `json:"freed_bytes" doc:"what is free now that was not"`
}
