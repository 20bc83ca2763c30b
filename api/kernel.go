package api

import "time"

// Kernel is a guest kernel with its modules.
type Kernel struct {
	Name    string            `json:"name" doc:"what people call it"`
	Release string            `json:"release" doc:"what uname -r says in the guest"`
	Version string            `json:"version" doc:"version of the package it came from"`
	Source  string            `json:"source" doc:"where it came from"`
	Size    int64             `json:"size_bytes" doc:"what its files take on the disk"`
	Files   map[string]string `json:"files" doc:"sha256 of each file"`
	Options map[string]string `json:"options" doc:"the options that matter to a guest: y is built in, m a module"`
	Created time.Time         `json:"created_at" doc:"when it was made"`
	Damage  string            `json:"damage,omitempty" doc:"in lists: why it cannot be used"`
}

// KernelList is every kernel, by name.
type KernelList struct {
	Kernels []Kernel `json:"kernels" doc:"every one"`
}

// KernelOffer is a kernel that the host's archive has.
type KernelOffer struct {
	Package string   `json:"package" doc:"name of the package"`
	Release string   `json:"release" doc:"what uname -r will say in the guest"`
	Version string   `json:"version" doc:"version of the package"`
	Kernels []string `json:"kernels" doc:"names of kernels here that were made from it"`
}

// KernelOffers is every kernel of the archive, the one that a pull takes first.
type KernelOffers struct {
	Available []KernelOffer `json:"available" doc:"every one"`
}

// PullKernel asks for the newest kernel of the host's archive.
type PullKernel struct {
	Name  string `json:"name,omitempty" doc:"the default kernel's name when empty"`
	Force bool   `json:"force,omitempty" doc:"fetch it even when it is there"`
}

// ImportKernel asks for a kernel made from files of the host's.
type ImportKernel struct {
	Name    string `json:"name" doc:"what it will be called"`
	From    string `json:"from" doc:"absolute path of a .deb, a folder, or a bzImage"`
	Modules string `json:"modules,omitempty" doc:"absolute path of the modules' folder, with a bzImage"`
}
