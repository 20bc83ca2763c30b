// Package pid1 is the first process of a guest: it makes a machine out of a kernel, an
// initramfs and a few disks, and puts the agent to work in it.
//
// # Coming up
//
// Run begins in the initramfs. It mounts what the kernel provides, loads /modules/*.ko in
// the order of their names, builds the root file system and then answers on the guest link. If the
// root cannot be built, the agent serves from the initramfs and answers with the
// reason, so that the host need not read the console to learn it.
//
// Disks are known by their virtio-blk serial, never by their order:
//
//	rootfs   ext4, read-only: the lower layer of the root. Without it the initramfs stays the root
//	system   ext4: the upper layer. Without it a tmpfs is
//	work     ext4: its folder "home" is mounted at /root
//	modules  ext4, read-only: mounted at /lib/modules
//
// Writable file systems are grown online when their disk is larger. The work disk is seeded
// once with the root file system's own /root: the copy is made under another name and then renamed, so that
// "home" is whole or not there, and its presence says that the disk was seeded.
//
// Then the overlay becomes the root of the mount name space, as switch_root(8) does it, and not only of this process,
// because in a chroot user name spaces cannot be made.
//
// # The network
//
// The only interface is brought up at boot, with nobody's address. Configure gives it a VM's, in place of those that it may have had.
//
// # What changes often
//
// /etc/hostname, hosts, machine-id and resolv.conf are bind mounts of files in /run: writing them costs
// no disk access in a fresh fork. Configure writes them in place; resolv.conf is empty until it has given the guest an address.
//
// The host user's name and address for git are such a file as well, /run/banger/gitconfig. What is made at boot is a line at the beginning of
// /etc/gitconfig that includes it, since a file that is mounted over cannot be replaced, as git config --system does.
//
// # Going on elsewhere
//
// Memory and disks of a fork must be of one moment. Mark puts a random block on each writable disk and keeps
// it in memory; Examine reads it back past the cache, in the copy, and compares.
//
// # Going down
//
// SIGTERM, SIGINT, SIGPWR, SIGUSR1 and SIGUSR2, which is what poweroff, halt and reboot programs send to process 1, do the same as the host's poweroff.
// At the end the writable disks are remounted read-only, which leaves them clean, and the machine is powered off.
package pid1
