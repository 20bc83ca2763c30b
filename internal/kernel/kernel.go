package kernel

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"time"
)

// Kernel is a kernel in the store.
type Kernel struct {
	Name string
	Dir  string // absolute
	Manifest
}

// Manifest says what a kernel is. It is the file manifest.json in its folder, and
// the folder is a kernel when it has one.
type Manifest struct {
	// Release is what uname -r says in the guest; Version that of the package the
	// kernel came from, empty when it came from none.
	Release string `json:"release"`
	Version string `json:"version,omitempty"`
	// Source says where it came from: "apt:PACKAGE", or an absolute path.
	Source  string    `json:"source"`
	Created time.Time `json:"created_at"`
	// Options are the configuration options that matter to a guest: "y" is built
	// in, "m" a module, "n" not there.
	Options map[string]string `json:"options"`
	// Boot names the modules in boot-modules in the order in which to load them.
	Boot []string `json:"boot_modules"`
	// Files are all the others, by their path in the folder.
	Files map[string]File `json:"files"`
}

// File is what a file of a kernel must be.
type File struct {
	Size   int64  `json:"size"` // bytes
	SHA256 string `json:"sha256"`
}

// The files of a kernel's folder.
const (
	manifestFile = "manifest.json"
	vmlinuxFile  = "vmlinux"
	modulesFile  = "modules.ext4"
	bootFolder   = "boot-modules"
)

// Sum is one checksum of all files of the kernel, in hexadecimal: two with the same are the same.
func (k Kernel) Sum() string {
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(k.Files)) {
		fmt.Fprintln(sum, name, k.Files[name].SHA256)
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

// VMLinux is the path of the uncompressed ELF kernel.
func (k Kernel) VMLinux() string { return filepath.Join(k.Dir, vmlinuxFile) }

// ModulesDisk is the path of the read-only ext4 file system for the guest's
// /lib/modules; its root holds the folder Release.
func (k Kernel) ModulesDisk() string { return filepath.Join(k.Dir, modulesFile) }

// BootModules are the paths of the uncompressed modules that the agent loads before
// it mounts anything, in the order in which to load them.
func (k Kernel) BootModules() []string {
	paths := make([]string, len(k.Boot))
	for i, name := range k.Boot {
		paths[i] = filepath.Join(k.Dir, bootFolder, name)
	}
	return paths
}

// Size is the number of bytes that the kernel's files have.
func (k Kernel) Size() int64 {
	var sum int64
	for _, f := range k.Files {
		sum += f.Size
	}
	return sum
}
