package qemu

// What each of these is worth is in docs/benchmarks.md. What does not pay is not here.
const (
	// machine: PIT and PIC cost no time; they are two devices less for a guest to attack. The RTC
	// stays, because an emulated kernel without it waits 2.4 s for one.
	machine = "microvm,acpi=on,pit=off,pic=off"
	// accelTCG: the buffer of translated code grows to 172 MB with work unless bounded, and
	// the index of what is in it grows along, by a fifth. 64 MiB cost little speed, 52 about
	// 4 %, 32 from 6 to 16 %. A boot fills 50, and a power-off then takes twice as long.
	accelTCG = "tcg,tb-size=64"
	// forkTCG is for guests that go on from saved memory and so begin with an empty buffer: there can be
	// many of them, and with it what each has of its own stays within its bound, also while the index is at its largest.
	forkTCG = "tcg,tb-size=46"
	// cpuTCG: everything that can be emulated but the promise of fast string moves. With
	// it the kernel and the C library clear and copy by "rep stosb" and "rep movsb", which TCG does byte by byte.
	cpuTCG = "max,-erms"
)

// nicFeatures: no control queue. The guest would wait for an answer on it whenever its addresses change, some 4 ms each time where
// the processor is emulated; what it asks for there, which frames it wants to have, is decided at the other end of the wire.
const nicFeatures = ",ctrl_vq=off,ctrl_rx=off,ctrl_rx_extra=off,ctrl_vlan=off,ctrl_mac_addr=off,guest_announce=off"

// environment makes all threads allocate from one arena, glib's pieces too: 5 MB less after a while. What
// allocates most is translation, where the arena's lock is not what takes time.
var environment = []string{"MALLOC_ARENA_MAX=1", "G_SLICE=always-malloc"}

// kernelArgs: a panic reboots at once, and a reboot ends QEMU. It is done by triple fault
// (reboot=t): the ACPI way hung on KVM after a panic. There is no PCI bus, and without pci=off every boot would complain
// of that on the console.
var kernelArgs = []string{"console=ttyS0", "quiet", "panic=-1", "reboot=t", "pci=off"}

// emulatedKernelArgs save time where every instruction is dear.
var emulatedKernelArgs = []string{
	"cryptomgr.notests=1",
	// With one vCPU the kernel would patch away 9000 lock prefixes, each with two
	// switches of the page table, which TCG answers by forgetting its own.
	"noreplace-smp",
}
