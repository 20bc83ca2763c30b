// Package disk makes the raw disks of machines: files that a guest sees as a
// block device, holding an ext4 file system each.
//
//   - Blank makes an empty, writable one.
//   - Clone copies one, sharing blocks where the host's file system can, and
//     keeping holes where it cannot.
//   - FromTar makes a read-only one out of an archive, without mounting
//     anything and without root.
//
// Every disk is sparse: its nominal size says nothing about the room it takes;
// Allocated tells that.
//
// A disk is written under a temporary name beside its own (".NAME.*.tmp"), synced and
// renamed, so that it is whole or not there. It takes the place of a file of that
// name. When making it fails, or the context ends, nothing is left; only a crash
// leaves the temporary file, for the owner of the folder to remove.
//
// A full host disk is a problem.Exhausted.
package disk
