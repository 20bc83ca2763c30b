package qemu

import (
	"context"
	"fmt"

	"banger/internal/vmm"
	"banger/internal/vmm/child"
	"banger/internal/vmm/host"
)

// Engine starts machines in QEMU.
type Engine struct {
	kvm bool
	cpu string
	// program is QEMU, with what goes before its arguments.
	program []string
}

// New gives the engine "qemu" when kvm is true, else "emulated". It is an error when
// QEMU is not installed; whether KVM is usable is host.KVM's question.
func New(kvm bool) (vmm.Engine, error) {
	path, err := host.FindQEMU()
	if err != nil {
		return nil, err
	}
	cpu := cpuTCG
	if kvm {
		cpu = "host"
	}
	return &Engine{kvm: kvm, cpu: cpu, program: []string{path}}, nil
}

// Name is "qemu" or "emulated".
func (e *Engine) Name() string {
	if e.kvm {
		return host.QEMU
	}
	return host.Emulated
}

// Features says what QEMU can do.
func (e *Engine) Features() vmm.Features {
	return vmm.Features{Emulated: !e.kvm, Pause: true, Fork: true, RealGuest: true}
}

// Start starts QEMU and returns when its monitor answers: QEMU has then built the
// machine and read the kernel, and the guest has begun to boot, or goes on.
func (e *Engine) Start(ctx context.Context, spec vmm.Spec) (vmm.Machine, error) {
	if err := check(spec); err != nil {
		return nil, err
	}
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	h, err := pack(spec)
	if err != nil {
		return nil, err
	}
	process, err := e.launch(h, spec)
	h.release() // before anything waits: the streams end only when no copy of QEMU's ends is left
	if err != nil {
		h.hangUp()
		return nil, err
	}
	m := supervise(process, h, spec)
	err = m.monitor.negotiate(ctx)
	if err == nil && spec.Restore != nil {
		err = m.restore(ctx, spec)
	}
	if err != nil {
		m.Kill()
		return nil, startProblem(ctx, err, m)
	}
	return m, nil
}

// launch starts the process.
func (e *Engine) launch(h *handover, spec vmm.Spec) (*child.Process, error) {
	attr, err := e.user(spec.Credential)
	if err != nil {
		return nil, err
	}
	h.plan.kvm, h.plan.cpu, h.plan.tscKHz = e.kvm, e.cpu, host.TSCKHz()
	process, err := child.Start(child.Command{
		Path: e.program[0], Args: append(e.program[1:len(e.program):len(e.program)], h.plan.args()...),
		Env: environment, Files: h.files, Log: spec.Log, Attr: attr,
	})
	if err != nil {
		return nil, fmt.Errorf("start QEMU: %w", err)
	}
	return process, nil
}
