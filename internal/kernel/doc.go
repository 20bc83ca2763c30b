// Package kernel fetches, imports and keeps the kernels that guests run.
//
// A kernel is a folder in the store, named as the kernel is:
//
//	manifest.json     what it is: release, source, options, size and sha256 of each file
//	vmlinux           the uncompressed ELF kernel, which QEMU's microvm and Firecracker start by PVH
//	modules.ext4      read-only file system for the guest's /lib/modules; holds RELEASE/...
//	boot-modules/     the few modules that the agent loads out of the initramfs before it can
//	                  mount anything, decompressed
//
// It is made under a temporary name, synced, and renamed, so it is whole or not there;
// what a crash leaves is removed by the next one that is made. Get compares the files'
// sizes with the manifest, Verify their content.
//
// # Where kernels come from
//
// Pull takes Debian's newest kernel for virtual machines from the archive that the host's
// own apt uses (package aptsource). Apt runs with a state of its own in a folder below the cache, so that it needs
// no root and changes nothing on the host; it checks the archive's signature. Import takes a package, a folder or
// a bzImage.
//
// # What is taken out of them
//
// A bzImage's setup header says where the compressed kernel lies; its first bytes say how
// it is compressed: gzip, xz (with the x86 filter), lzma, bzip2, lz4 (legacy frames), zstd. Modules may
// be compressed too (.ko, .ko.gz, .ko.xz, .ko.zst). Where the indexes that modprobe reads are missing, as in a package that
// was never installed, depmod makes them.
//
// A kernel that cannot boot a guest is refused with the options it lacks. They are read from the configuration beside
// the kernel or in it (IKCONFIG); without one, from what kernel and modules show.
// Network, vsock, balloon and entropy drivers are not among the boot modules: each module costs boot
// time under emulation, and they can be loaded later from the modules disk.
//
// Packages and kernels are not trusted: sizes are bounded, names cannot lead out of the
// folder, links are left out, and nothing of theirs is executed on the host.
package kernel
