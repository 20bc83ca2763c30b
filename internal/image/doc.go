// Package image makes root file systems that VMs share read-only, and keeps them.
//
// Build runs mmdebstrap against the Debian archive of the host's own apt sources
// and turns what it makes, while it comes, into an ext4 file: nothing is mounted
// on the host and no root file system is unpacked twice. On the way the archive loses what
// a guest has no use for (documentation but for copyright files, message
// catalogues, caches) and what is the host's (its name, its resolver, credentials in sources).
//
// An image is a record and a folder, <dir>/<id>:
//
//	rootfs.ext4     read-only, mode 0444; root's home in it is the seed of work disks
//	manifest.json   what it was made of, size and sha256 of rootfs.ext4 (Manifest)
//
// The folder is made under another name, .build-<id>, and renamed when it is whole;
// the record is saved last. A build that fails or is cancelled leaves nothing; what a crash left is
// removed by Sweep, which the daemon calls before it serves.
//
// mmdebstrap works in a scratch folder: in memory (/dev/shm) where there is room
// enough, which halves the time of a build, else on the disk. As root it runs in
// mount and process namespaces of its own, so that one kill ends all of it and no mount can be left.
// A plain user's build happens in a user namespace; Requirements tells what that needs.
package image
