package tree

import (
	"crypto/sha1"
	"crypto/sha256"
	"hash"
	"strconv"
)

// NewSum computes the sum of a content of size bytes, which are to be written to it. length is that of the
// repository's sums: sha256.Size, or else SHA-1 is meant.
func NewSum(length int, size int64) hash.Hash {
	h := sha1.New()
	if length == sha256.Size {
		h = sha256.New()
	}
	h.Write(BlobHeader(size))
	return h
}

// BlobHeader is what git puts before a content of size bytes.
func BlobHeader(size int64) []byte {
	return append(strconv.AppendInt([]byte("blob "), size, 10), 0)
}
