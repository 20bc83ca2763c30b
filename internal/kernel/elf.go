package kernel

import (
	"bytes"
	"compress/gzip"
	"debug/elf"
	"encoding/binary"
	"io"
	"regexp"

	"banger/internal/problem"
)

// notePVH is the type of the Xen note with the entry point for PVH boot
// (XEN_ELFNOTE_PHYS32_ENTRY), which QEMU's microvm and Firecracker start a vmlinux by.
const notePVH = 18

// maxNotes bounds the notes that are read; a kernel has a few hundred bytes of them.
const maxNotes = 1 << 20

// hasPVH reports whether an ELF kernel can be started by PVH. What is no kernel
// for x86-64 is an error.
func hasPVH(vmlinux []byte) (bool, error) {
	f, err := elf.NewFile(bytes.NewReader(vmlinux))
	if err != nil {
		return false, problem.New(problem.Invalid, "it is no proper ELF file: %w", err)
	}
	if f.Machine != elf.EM_X86_64 || f.Class != elf.ELFCLASS64 {
		return false, problem.New(problem.Invalid, "it is not for x86-64")
	}
	for _, p := range f.Progs {
		if p.Type != elf.PT_NOTE || p.Filesz > maxNotes {
			continue
		}
		notes, err := io.ReadAll(p.Open())
		if err != nil {
			return false, problem.New(problem.Invalid, "its notes cannot be read: %w", err)
		}
		if hasNote(notes, "Xen\x00", notePVH) {
			return true, nil
		}
	}
	return false, nil
}

// hasNote looks through the notes of a program header (elf(5): sizes of name and
// description, type, then both, padded to four bytes).
func hasNote(notes []byte, name string, kind uint32) bool {
	pad := func(n uint32) uint64 { return (uint64(n) + 3) &^ 3 }
	for len(notes) >= 12 {
		nameSize := binary.LittleEndian.Uint32(notes)
		descSize := binary.LittleEndian.Uint32(notes[4:])
		is := binary.LittleEndian.Uint32(notes[8:]) == kind
		notes = notes[12:]
		if uint64(len(notes)) < pad(nameSize)+pad(descSize) {
			return false
		}
		if is && string(notes[:nameSize]) == name {
			return true
		}
		notes = notes[pad(nameSize)+pad(descSize):]
	}
	return false
}

// banner is what a kernel says first when it boots; its release is a folder's name.
var banner = regexp.MustCompile(`Linux version ([0-9][0-9A-Za-z.+_~-]{0,63}) \(`)

// releaseOf is what uname -r says in a guest of this kernel.
func releaseOf(vmlinux []byte) (string, error) {
	m := banner.FindSubmatch(vmlinux)
	if m == nil {
		return "", problem.New(problem.Invalid, "it does not say which version of Linux it is")
	}
	return string(m[1]), nil
}

// embeddedConfig is the configuration that a kernel built with IKCONFIG carries: gzip
// data between two marks (kernel/configs.c). It is nil where there is none.
func embeddedConfig(vmlinux []byte) ([]byte, error) {
	_, rest, ok := bytes.Cut(vmlinux, []byte("IKCFG_ST\x1f\x8b"))
	if !ok {
		return nil, nil
	}
	packed, _, ok := bytes.Cut(rest, []byte("IKCFG_ED"))
	if !ok {
		return nil, nil
	}
	r, err := gzip.NewReader(io.MultiReader(bytes.NewReader([]byte("\x1f\x8b")), bytes.NewReader(packed)))
	if err == nil {
		var config []byte
		if config, err = io.ReadAll(io.LimitReader(r, maxConfig)); err == nil {
			return config, nil
		}
	}
	return nil, problem.New(problem.Invalid, "its embedded configuration cannot be read: %w", err)
}
