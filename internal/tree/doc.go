// Package tree is how the files of a workspace pass between host and guest, and
// what both sides must agree on: the form of an entry, the sum of a content, and
// which paths may be written.
//
// A stream is entries, one after the other. An entry is, in big-endian numbers:
//
//	flags (1 byte), mode (4), size (8), time (8), length of the sum (1), length of the path (2), sum, path
//
// In a stream of files each entry is followed by its content, of just its size: the
// bytes of a file, the target of a link. In a list of changes it is not; the reader knows
// which of the two it reads. A stream has no end of its own: it lies in a copy's frames
// (package guestlink), which have.
//
// Modes are git's. Sums are those of git's blobs (gitformat-loose, "blob SIZE\0CONTENT"), in SHA-1 or
// SHA-256 as the repository has them, so that a content that git knows need not be sent twice or kept twice.
//
// Whoever reads a stream from the other side takes nothing for granted but the form: paths must pass
// CheckPath before anything is done with them.
package tree
