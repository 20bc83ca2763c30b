package workspace

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
)

// encodeIndex writes an index in git's format (gitformat-index), version 2, or 3 where flags need it. Sums have length bytes.
// Of a stat only time of change and size are told: the guest's git looks at no more (core.checkStat=minimal).
func encodeIndex(entries []indexEntry, length int) []byte {
	version := uint32(2)
	for _, e := range entries {
		if e.flags&(flagAdded|flagSkip) != 0 {
			version = 3
		}
	}
	b := append(make([]byte, 0, 12+len(entries)*128), "DIRC"...)
	b = binary.BigEndian.AppendUint32(b, version)
	b = binary.BigEndian.AppendUint32(b, uint32(len(entries)))
	for _, e := range entries {
		b = e.append(b)
	}
	if length == sha256.Size {
		sum := sha256.Sum256(b)
		return append(b, sum[:]...)
	}
	sum := sha1.Sum(b)
	return append(b, sum[:]...)
}

// maxNameFlag is what stands for the length of a longer name.
const maxNameFlag = 0xfff

func (e indexEntry) append(b []byte) []byte {
	start := len(b)
	mtime := []uint32{uint32(e.stat.Mtime / 1e9), uint32(e.stat.Mtime % 1e9)}
	for _, n := range []uint32{mtime[0], mtime[1], mtime[0], mtime[1], 0, 0, uint32(e.mode), 0, 0, uint32(e.stat.Size)} {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	b = append(b, e.sum...)
	flags := uint16(e.flags&flagValid) | uint16(e.stage)<<12 | uint16(min(len(e.path), maxNameFlag))
	if extended := uint16((e.flags & (flagAdded | flagSkip)) >> 16); extended != 0 {
		b = binary.BigEndian.AppendUint16(b, flags|1<<14)
		b = binary.BigEndian.AppendUint16(b, extended)
	} else {
		b = binary.BigEndian.AppendUint16(b, flags)
	}
	b = append(b, e.path...)
	return append(b, make([]byte, 8-(len(b)-start)%8)...)
}
