package config

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// guessVCPU is a quarter of the host's CPUs, 1 to 4.
func guessVCPU() int { return min(max(runtime.NumCPU()/4, 1), 4) }

// guessMemory is an eighth of the host's memory, 512 MiB to 8 GiB, in whole MiB.
func guessMemory() int64 {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return 512 << 20
	}
	return memoryFor(uint64(info.Totalram) * uint64(info.Unit))
}

func memoryFor(host uint64) int64 {
	return int64(min(max(host/8, 512<<20), 8<<30) &^ (1<<20 - 1))
}
