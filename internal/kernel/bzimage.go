package kernel

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"

	"banger/internal/problem"
)

// maxImage bounds a kernel, packed or unpacked. Debian's is 53 MB unpacked.
const maxImage = 512 << 20

// The setup header of a bzImage: offsets from the kernel's Documentation/arch/x86/boot.rst.
const (
	setupSectors  = 0x1f1 // u8, 512-byte sectors after the first; 0 means 4
	setupMagic    = 0x202 // "HdrS"
	setupVersion  = 0x206 // u16; 0x0208 (Linux 2.6.26) is the first with a payload offset
	payloadOffset = 0x248 // u32, from the first byte after the setup sectors
	payloadLength = 0x24c // u32
	setupEnd      = 0x250
)

// vmlinux gives the ELF kernel in image, which is a bzImage of any compression,
// or is an ELF kernel already.
func vmlinux(ctx context.Context, image []byte) ([]byte, error) {
	if bytes.HasPrefix(image, []byte("\x7fELF")) {
		return image, nil
	}
	packed, err := payload(image)
	if err != nil {
		return nil, err
	}
	unpacked, err := unpack(ctx, packed)
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(unpacked, []byte("\x7fELF")) {
		return nil, problem.New(problem.Invalid, "what the bzImage holds is no ELF file")
	}
	return unpacked, nil
}

// payload finds the compressed kernel inside a bzImage.
func payload(image []byte) ([]byte, error) {
	if len(image) < setupEnd || string(image[setupMagic:setupMagic+4]) != "HdrS" {
		return nil, problem.New(problem.Invalid, "it is neither a bzImage nor an ELF file")
	}
	if v := binary.LittleEndian.Uint16(image[setupVersion:]); v < 0x0208 {
		return nil, problem.New(problem.Invalid, "its boot protocol %d.%d is too old", v>>8, v&0xff)
	}
	sectors := int64(image[setupSectors])
	if sectors == 0 {
		sectors = 4
	}
	start := (sectors+1)*512 + int64(binary.LittleEndian.Uint32(image[payloadOffset:]))
	end := start + int64(binary.LittleEndian.Uint32(image[payloadLength:]))
	if end > int64(len(image)) {
		return nil, problem.New(problem.Invalid, "it is cut short: it has %d bytes of %d", len(image), end)
	}
	return image[start:end], nil
}

// readImage reads a file that is to be a kernel.
func readImage(r io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxImage+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxImage {
		return nil, fmt.Errorf("it has more than %d MiB", maxImage>>20)
	}
	return b, nil
}
