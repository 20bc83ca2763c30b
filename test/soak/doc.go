// Command soak boots machines, one after the other, with 1, 2 and 4 vCPUs in turn,
// while every core of the host is kept busy, and says how many came up and how long
// that took, from the engine's start to the agent's greeting. Each must also run a command and power off:
//
//	go run ./test/soak [-boots 200]
//
// It was made for what happened to emulated guests that were not told the rate of their
// time stamp counter: on a busy host a third of them never came up. The result is for
// docs/benchmarks.md; the exit status is 1 when a boot failed.
package main
