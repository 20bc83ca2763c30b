package qemu

import (
	"regexp"
	"strings"

	"banger/internal/problem"
	"banger/internal/vmm"
)

const (
	maxVCPUs = 64      // far below microvm's 288, far above what anybody wants
	minMiB   = 64      // no Linux guest comes up with less
	maxMiB   = 4 << 20 // 4 TiB
)

// word is what may stand in an option of QEMU's: no comma, no equals sign.
var word = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9._-]*$`)

// maxSerial is virtio-blk's limit, in bytes.
const maxSerial = 20

// check refuses a spec that would smuggle something onto a command line or that no
// machine can have.
func check(s vmm.Spec) error {
	switch {
	case !word.MatchString(s.Name):
		return problem.New(problem.Invalid, "%q cannot name a machine", s.Name)
	case s.VCPUs < 1 || s.VCPUs > maxVCPUs:
		return problem.New(problem.Invalid, "a machine has 1 to %d vCPUs, not %d", maxVCPUs, s.VCPUs)
	case s.MemoryMiB < minMiB || s.MemoryMiB > maxMiB:
		return problem.New(problem.Invalid, "a machine has %d to %d MiB of memory, not %d", minMiB, maxMiB, s.MemoryMiB)
	case s.Restore == nil && (s.Kernel == nil || s.Initramfs == nil):
		return problem.New(problem.Internal, "a machine needs a kernel and an initramfs")
	case s.Restore != nil && (s.Restore.Memory == nil || s.Restore.State == nil):
		return problem.New(problem.Internal, "a machine to go on from needs a memory and a state")
	case s.Console == nil || s.Log == nil:
		return problem.New(problem.Internal, "a machine needs a console and a log")
	}
	for _, arg := range s.KernelArgs {
		if arg == "" || strings.ContainsFunc(arg, notInArgument) {
			return problem.New(problem.Invalid, "%q is not one kernel argument", arg)
		}
	}
	return checkDisks(s.Disks)
}

// notInArgument: the kernel splits its command line at spaces and obeys double quotes.
func notInArgument(r rune) bool { return r <= ' ' || r > '~' || r == '"' }

func checkDisks(disks []vmm.Disk) error {
	seen := map[string]bool{}
	for _, d := range disks {
		switch {
		case !word.MatchString(d.Serial) || len(d.Serial) > maxSerial:
			return problem.New(problem.Invalid, "%q cannot be a disk's serial", d.Serial)
		case seen[d.Serial]:
			return problem.New(problem.Invalid, "two disks have the serial %q", d.Serial)
		case d.File == nil:
			return problem.New(problem.Internal, "disk %q has no file", d.Serial)
		}
		seen[d.Serial] = true
	}
	return nil
}
