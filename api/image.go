package api

import "time"

// Image is a root file system that VMs share read-only.
type Image struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Managed bool      `json:"managed" doc:"banger made its files and may delete them"`
	Size    int64     `json:"size_bytes" doc:"what its files take on the disk"`
	Path    string    `json:"path"`
	Created time.Time `json:"created_at"`
}

// ImageList is every image, oldest first.
type ImageList struct {
	Images []Image `json:"images"`
}

// WarmImage asks for the template that VMs of a shape are forked from. Fields that are empty mean what they
// mean in CreateVM.
type WarmImage struct {
	Kernel string `json:"kernel,omitempty"`
	Engine string `json:"engine,omitempty" enum:"auto,qemu,emulated,fake"`
	VCPU   int    `json:"vcpu" minimum:"1"`
	Memory int64  `json:"memory_bytes" minimum:"1"`
	Disk   int64  `json:"disk_bytes" minimum:"1"`
	System int64  `json:"system_bytes" minimum:"1"`
}

// BuildImage asks for an image made from the host's Debian archive.
type BuildImage struct {
	Name    string   `json:"name"`
	Suite   string   `json:"suite,omitempty" doc:"Debian suite; bookworm when empty"`
	Include []string `json:"include,omitempty" doc:"packages to add to the default set"`
}
