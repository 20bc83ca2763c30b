package snapshot

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// Shape is everything that shapes a guest before it is configured. Two guests of one Shape are
// alike.
type Shape struct {
	Image     string `json:"image"`     // id
	Kernel    string `json:"kernel"`    // checksums of its files
	Initramfs string `json:"initramfs"` // name, which is a hash of agent and modules
	Engine    string `json:"engine"`
	VCPUs     int    `json:"vcpus"`
	MemoryMiB int    `json:"memory_mib"`
	// System and Work are the nominal sizes of the disks, in bytes. A fork's can be larger.
	System int64 `json:"system_bytes"`
	Work   int64 `json:"work_bytes"`
	// Host names the programs, the processor and the host's kernel; Templates fills it in.
	Host string `json:"host"`
}

// key names the template of a shape.
func (s Shape) key() string {
	text, _ := json.Marshal(s) // a struct of strings and numbers
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}
