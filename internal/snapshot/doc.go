// Package snapshot keeps machines that stand still, on the disk, and has others go on from them.
//
//	Templates   guests that have booted and are nobody's, by shape; VMs are forked from them
//	Spares      forks of the most used template that run already and wait for somebody
//	Captures    VMs of one moment, for as long as copies of them are made (vm fork)
//	Named       VMs as they were, until the user deletes them (vm snapshot)
//
// All are used as a Template, which is what a folder of memory, state, disks and manifest is once it is checked. Captures and
// Named have no shape, and a Named one of a VM that did not run has disks only.
//
// # Templates
//
// A guest boots generic, so that before it is configured it is like every other of its Shape. Make boots
// one, has it run a command, writes it down (package machine has the how) and ends it. Find gives a
// whole one to fork from. A fork is a machine of its own with copies of the template's disks; its memory is
// mapped from the template's, which lies in a sealed file in memory: no fork can change it, and
// what none of them writes to exists once.
//
// # On the disk
//
// A template is a folder named by its key, which is a hash of its Shape, with memory, state, the two disks and
// manifest.json. The folder is made under another name and renamed last: a template is whole or not there.
// It can always be made anew, so nothing but its folder speaks of it. When it was last used is the manifest's
// time of change.
//
// Find compares the checksums of a template's files with its manifest when it first loads it, and their sizes and times from
// then on. A damaged one is put aside as KEY.damaged, where doctor finds it, and none is found.
//
// # What becomes of them
//
// A Shape holds all that shaped the guest, so another kernel, image, agent, engine or host makes another key: the old
// template is not found any more. Retain removes those of other hosts and programs and those whose image or kernel is gone, and
// Make, when all templates together exceed the budget, the least recently used.
package snapshot
