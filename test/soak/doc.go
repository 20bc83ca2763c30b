// Soak boots many machines, one after the other, with 1, 2 and 4 vCPUs in turn,
// while every core of the host is kept busy:
//
//	go run ./test/soak [-programs bin] [-boots 200]
//
// An emulated guest once hung at boot when the host was busy; none may. The result
// is a line for docs/benchmarks.md; the exit status is 1 when a boot failed.
package main
