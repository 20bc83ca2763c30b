// Package host tells what this host offers to an engine: whether KVM is usable,
// which QEMU is installed, and which engine a setting therefore means.
//
// It starts nothing, so that the daemon, doctor and the engines themselves can all
// ask the same question and get the same answer.
package host
