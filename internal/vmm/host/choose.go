package host

import (
	"os/exec"

	"banger/internal/problem"
)

// The names of the engines, as the engine setting and listings have them.
const (
	QEMU     = "qemu"     // QEMU on KVM
	Emulated = "emulated" // QEMU without KVM
	Fake     = "fake"     // for tests: a process in place of a guest
	Auto     = "auto"     // QEMU when KVM is usable, else Emulated
)

// Program is the QEMU program that both of its engines run.
const Program = "qemu-system-x86_64"

// FindQEMU gives the path of QEMU.
func FindQEMU() (string, error) {
	path, err := exec.LookPath(Program)
	if err != nil {
		return "", problem.New(problem.Unavailable, "no engine: %s is not installed", Program).
			WithRemedy("apt-get install qemu-system-x86")
	}
	return path, nil
}

// Choice is the engine that a setting means on this host.
type Choice struct {
	Engine string
	// Why says in a few words why it is this one; empty when it was asked for.
	Why string
}

// Choose gives the engine for a setting, or a problem when this host has none for it.
func Choose(setting string) (Choice, error) { return choose(setting, KVM, FindQEMU) }

func choose(setting string, kvm func() error, find func() (string, error)) (Choice, error) {
	switch setting {
	case Fake:
		return Choice{Engine: Fake}, nil
	case Auto, "", QEMU, Emulated:
	default:
		return Choice{}, problem.New(problem.Invalid, "there is no engine called %q", setting).
			WithRemedy("the engines are auto, qemu and emulated")
	}
	if _, err := find(); err != nil {
		return Choice{}, err
	}
	if setting == Emulated {
		return Choice{Engine: Emulated}, nil
	}
	err := kvm()
	switch {
	case err == nil && setting == QEMU:
		return Choice{Engine: QEMU}, nil
	case err == nil:
		return Choice{Engine: QEMU, Why: "KVM is usable"}, nil
	case setting == QEMU:
		return Choice{}, err
	}
	return Choice{Engine: Emulated, Why: err.Error()}, nil
}
