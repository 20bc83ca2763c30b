package model

import "time"

// Image is a root file system that machines share read-only.
type Image struct {
	ID   string
	Name string // unique
	// Managed is true when banger made the files in ArtifactDir and may delete them.
	Managed     bool
	ArtifactDir string // absolute
	RootfsPath  string // absolute; a read-only ext4 file
	// WorkSeedPath is empty when the seed of the work disk is the root file
	// system's own /root, which is so for every image that this version makes.
	WorkSeedPath string
	KernelPath   string // empty: the kernel is chosen by the VM
	InitrdPath   string
	ModulesDir   string
	BuildSize    string // bytes of the root file system, in decimal
	// SeededSSHPublicKeyFingerprint is empty unless a key was put into the image.
	SeededSSHPublicKeyFingerprint string
	Docker                        bool
	CreatedAt                     time.Time
	UpdatedAt                     time.Time
}
