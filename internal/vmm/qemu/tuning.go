package qemu

// What each of these is worth is in docs/benchmarks.md. What does not pay is not here.
const (
	// machine: without PIT and PIC the kernel does not try them. The RTC stays, because
	// an emulated kernel without it waits 2.4 s for one.
	machine = "microvm,acpi=on,pit=off,pic=off"
	// accelTCG: the buffer of translated code grows to 172 MB with work unless bounded;
	// 64 MB costs little, 32 MB 6 to 16 %.
	accelTCG = "tcg,tb-size=64"
)

// kernelArgs: a panic reboots at once, and a reboot ends QEMU.
var kernelArgs = []string{"console=ttyS0", "quiet", "panic=-1"}

// emulatedKernelArgs save time where every instruction is dear.
var emulatedKernelArgs = []string{"tsc=reliable", "cryptomgr.notests=1"}
