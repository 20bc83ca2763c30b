package api

import "time"

// Image is a root file system that VMs share read-only.
type Image struct {
	ID      string    `json:"id" doc:"never changes"`
	Name    string    `json:"name" doc:"what people call it"`
	Managed bool      `json:"managed" doc:"banger made its files and may delete them"`
	Size    int64     `json:"size_bytes" doc:"what its files take on the disk"`
	Path    string    `json:"path" doc:"folder of its files on the host"`
	Created time.Time `json:"created_at" doc:"when it was made"`
}

// ImageList is every image, oldest first.
type ImageList struct {
	Images []Image `json:"images" doc:"every one"`
}

// WarmImage asks for the template that VMs of a shape are forked from. Fields that are empty mean what they
// mean in CreateVM.
type WarmImage struct {
	Kernel string `json:"kernel,omitempty" doc:"name; empty means the daemon's default"`
	Engine string `json:"engine,omitempty" enum:"auto,qemu,emulated,fake" doc:"empty means the daemon's setting"`
	VCPU   int    `json:"vcpu" minimum:"1" doc:"number of virtual processors"`
	Memory int64  `json:"memory_bytes" minimum:"1" doc:"size of the memory"`
	Disk   int64  `json:"disk_bytes" minimum:"1" doc:"nominal size of the work disk"`
	System int64  `json:"system_bytes" minimum:"1" doc:"nominal size of the system overlay"`
}

// BuildImage asks for an image made from the host's Debian archive.
type BuildImage struct {
	Name    string   `json:"name" doc:"what it will be called"`
	Suite   string   `json:"suite,omitempty" doc:"Debian suite; bookworm when empty"`
	Include []string `json:"include,omitempty" doc:"packages to add to the default set"`
}
