// Bench measures what banger promises about its speed, each figure beside its raw
// floor in the same run, and prints the tables of docs/benchmarks.md:
//
//	go run ./test/bench [-programs bin] [-first | -tuning | -memory | -control]
//
// The floor of a boot is QEMU started by hand with the same kernel, initramfs and
// disks, up to the agent's first answer; that of exec and of copies is the guest
// link of that machine without banger in between; that of the command line is a Go
// program that prints one line. Raw and banger's own runs alternate, so that a
// noisy moment hits both. With -first a host where nothing is yet makes kernel and
// image too, which takes a minute or two. With -tuning only boots by hand are measured, each time with
// one of the engine's settings undone.
package main
