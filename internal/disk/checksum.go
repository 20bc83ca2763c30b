package disk

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"os"
)

// Checksum is a sha256 over the size of a file and its blocks that are not all zero, each with its place, in
// hexadecimal: it costs what the file holds, not what it could, and does not depend on where its holes are.
func Checksum(ctx context.Context, f *os.File) (string, error) {
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	sum, buffer := sha256.New(), make([]byte, 1<<20)
	binary.Write(sum, binary.LittleEndian, info.Size())
	for start, end := int64(0), int64(0); ; {
		if start, end, err = nextData(f, end, info.Size()); err != nil || start == info.Size() {
			return hex.EncodeToString(sum.Sum(nil)), err
		}
		start -= start % blockSize
		for at := start; at < end; at += int64(len(buffer)) {
			if ctx.Err() != nil {
				return "", context.Cause(ctx)
			}
			n, err := f.ReadAt(buffer[:min(int64(len(buffer)), info.Size()-at)], at)
			if err != nil && !errors.Is(err, io.EOF) {
				return "", err
			}
			addBlocks(sum, buffer[:n], at)
		}
		end = start + (end-start+int64(len(buffer))-1)/int64(len(buffer))*int64(len(buffer))
	}
}

// addBlocks adds those blocks of part, which lies at offset, that are not zero.
func addBlocks(sum io.Writer, part []byte, offset int64) {
	for i := 0; i < len(part); i += blockSize {
		block := part[i:min(i+blockSize, len(part))]
		if zeroBlock(block) {
			continue
		}
		binary.Write(sum, binary.LittleEndian, offset+int64(i))
		sum.Write(block)
	}
}
