package e2e

import (
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"banger/test/harness"
)

// kernelFile is a file in the folder of the host's default kernel.
func kernelFile(h *harness.Host, name string) string {
	return filepath.Join(h.State, "kernels", harness.Kernel, name)
}

// replaceKernel puts other bytes in the place of the kernel, size and checksum
// included: a kernel that is whole, and still does not boot.
func replaceKernel(t *testing.T, h *harness.Host, vmlinux []byte) {
	t.Helper()
	var manifest map[string]any
	if err := json.Unmarshal(readFile(t, kernelFile(h, "manifest.json")), &manifest); err != nil {
		t.Fatal(err)
	}
	manifest["files"].(map[string]any)["vmlinux"] = map[string]any{"size": len(vmlinux), "sha256": sum(vmlinux)}
	changed, err := json.Marshal(manifest)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, kernelFile(h, "vmlinux"), vmlinux)
	writeFile(t, kernelFile(h, "manifest.json"), changed)
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// writeFile replaces a file, whatever its mode.
func writeFile(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// stillKernel is an ELF with a PVH entry (Xen note 18, see QEMU's docs on -kernel)
// whose code is "cli; hlt; jmp back": it boots, and stays still for ever.
func stillKernel() []byte {
	const base, headers, noteSize = 0x100000, 64 + 2*56, 12 + 4 + 4
	entry := uint32(base + headers + noteSize)
	var b bytes.Buffer
	put := func(v any) { binary.Write(&b, binary.LittleEndian, v) }
	put(elf.Header64{
		Ident:   [16]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:    uint16(elf.ET_EXEC),
		Machine: uint16(elf.EM_X86_64), Version: 1, Entry: uint64(entry), Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: 2,
	})
	code := []byte{0xfa, 0xf4, 0xeb, 0xfd}
	total := uint64(headers + noteSize + len(code))
	put(elf.Prog64{Type: uint32(elf.PT_LOAD), Flags: 7, Vaddr: base, Paddr: base, Filesz: total, Memsz: total, Align: 0x1000})
	put(elf.Prog64{Type: uint32(elf.PT_NOTE), Flags: 4, Off: headers, Vaddr: base + headers, Paddr: base + headers, Filesz: noteSize, Memsz: noteSize, Align: 4})
	put([3]uint32{4, 4, 18})
	b.WriteString("Xen\x00")
	put(entry)
	b.Write(code)
	return b.Bytes()
}
