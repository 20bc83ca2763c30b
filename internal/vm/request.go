package vm

import (
	"strings"
	"time"

	"banger/internal/model"
	"banger/internal/namegen"
	"banger/internal/network/policy"
	"banger/internal/problem"
	"banger/internal/workspace"
)

// Request asks for a VM. Image, Kernel and Engine may be empty, which means the
// defaults; without a Name two words are made up.
type Request struct {
	Name, Image, Kernel, Engine string
	VCPU                        int
	Memory, Disk, System        int64 // bytes
	Env                         map[string]string
	Ephemeral                   bool          // deleted as soon as it does not run
	IdleStop                    time.Duration // how long it may go unused before it is powered off, in whole seconds; 0: for ever
	NoFork                      bool          // boot it, and let it share no memory
	Net                         string        // what it may reach (package policy); empty: internet
	Expose                      bool          // mirror its ports at its loopback address
	Publish                     []string      // ports of the host's that lead to it (package publish)
	Start                       bool          // start it too
	// Workspace is what goes into it; nil: nothing. It takes Start.
	Workspace *workspace.Source
}

// The limits of sizes, in bytes. ext4 with a journal wants 64 MiB for itself; beyond
// 128 GiB an empty file system could not be grown online to its disk.
const (
	MiB       = 1 << 20
	MinMemory = 128 * MiB
	MinDisk   = 64 * MiB
	MaxDisk   = 128 << 30
	maxEnv    = 256 << 10 // together; a message to the guest may have 1 MiB
)

func (f *Fleet) check(r Request) error {
	if r.Name != "" {
		if err := namegen.ValidName(r.Name); err != nil {
			return err
		}
	}
	if r.VCPU < 1 || r.VCPU > f.settings.MaxVCPU {
		return outOfRange("a VM can have 1 to %d vCPUs on this host, not %d", f.settings.MaxVCPU, r.VCPU)
	}
	if err := checkSize("memory", r.Memory, MinMemory, f.settings.MaxMemory); err != nil {
		return err
	}
	if err := checkSize("work disk", r.Disk, MinDisk, MaxDisk); err != nil {
		return err
	}
	if err := checkSize("system overlay", r.System, MinDisk, MaxDisk); err != nil {
		return err
	}
	if err := checkIdleStop(r.IdleStop); err != nil {
		return err
	}
	if r.Workspace != nil && !r.Start {
		return problem.New(problem.Invalid, "a workspace can go only into a VM that is started").WithRemedy("start it first, then: banger vm workspace prepare")
	}
	if _, err := policy.Parse(model.Spec{Net: r.Net}.Policy()); err != nil {
		return err
	}
	if _, err := published(r.Publish); err != nil {
		return err
	}
	return checkEnv(r.Env)
}

func checkIdleStop(d time.Duration) error {
	if d < 0 || d%time.Second != 0 {
		return problem.New(problem.Invalid, "a VM cannot be stopped when it is idle for %s", d).
			WithRemedy("choose whole seconds, or 0 for never")
	}
	return nil
}

func checkSize(what string, size, least, most int64) error {
	if size < least || size > most {
		return outOfRange("the %s of a VM can be %d MiB to %d MiB on this host, not %d MiB", what, least/MiB, most/MiB, size/MiB)
	}
	if size%MiB != 0 {
		return outOfRange("the %s of a VM is whole MiB, which %d bytes are not", what, size)
	}
	return nil
}

func outOfRange(format string, args ...any) error {
	return problem.New(problem.Invalid, format, args...).WithRemedy("choose another number; sizes are written as 512M, 4G or 2048 (MiB)")
}

func checkEnv(env map[string]string) error {
	total := 0
	for name, value := range env {
		if name == "" || strings.ContainsAny(name, "=\x00") || strings.Contains(value, "\x00") {
			return problem.New(problem.Invalid, "%.40q is no name of an environment variable, or its value has a zero byte", name).
				WithRemedy("write it as NAME=value")
		}
		total += len(name) + len(value)
	}
	if total > maxEnv {
		return problem.New(problem.Invalid, "the environment has %d bytes, and %d is the limit", total, maxEnv).
			WithRemedy("put large values into a file")
	}
	return nil
}

// spec is what the row of a request says.
func (f *Fleet) spec(r Request) model.Spec {
	return model.Spec{
		VCPU: r.VCPU, MemoryMiB: int(r.Memory / MiB), DiskBytes: r.Disk, SystemBytes: r.System,
		Kernel: orDefault(r.Kernel, f.settings.Kernel), Engine: orDefault(r.Engine, f.settings.Engine),
		Ephemeral: r.Ephemeral, IdleStopSeconds: int64(r.IdleStop / time.Second), NoFork: r.NoFork, Net: r.Net, Expose: r.Expose, Publish: canonical(r.Publish), Env: r.Env,
	}
}

func orDefault(name, otherwise string) string {
	if name == "" {
		return otherwise
	}
	return name
}
