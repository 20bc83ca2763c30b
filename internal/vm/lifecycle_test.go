package vm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"banger/internal/model"
	"banger/internal/problem"
	"banger/internal/progress"
	"banger/internal/shim"
	"banger/internal/vmm"
)

func exitOf(cause string, asked bool) shim.Exit {
	return shim.Exit{Cause: vmm.Cause(cause), Asked: asked, At: time.Now()}
}

func TestLifecycle(t *testing.T) {
	b := newBench(t)
	r := ask("web")
	r.Env = map[string]string{"CI": "1"}
	var said []string
	started, err := b.Create(t.Context(), r, func(e progress.Event) { said = append(said, e.Phase) })
	if err != nil || !slices.Equal(said, []string{"start web", "copy file_sync into web"}) {
		t.Fatalf("Create: %v, and it said %q", err, said)
	}
	v := started.VM
	d := b.world.double(v.ID)
	if v.State != model.StateRunning || v.Socket != d.Socket() || v.ImageName != "debian-bookworm" ||
		v.Runtime.BootID != d.boot || v.Runtime.Engine != "fake" || v.Runtime.StartedAt.IsZero() {
		t.Errorf("created: %+v", v)
	}
	if c := d.configure; c.Hostname != "web" || c.Address.String() != "172.16.0.2" || len(c.Entropy) != 64 ||
		time.Since(c.Now) > time.Minute || c.Env["CI"] != "1" {
		t.Errorf("configured with %+v", c)
	}
	if l := d.launch; l.UID != 0x70000002 || l.Rootfs != "/images/debian-bookworm/rootfs.ext4" ||
		l.Kernel != "/kernels/debian-cloud/vmlinux" || l.Initramfs != "/initramfs" || l.Network.Guest.String() != "172.16.0.2" || l.Network.Policy != "internet" || l.Engine != "fake" {
		t.Errorf("launched with %+v", l)
	}
	stopped, err := b.Stop(t.Context(), "web", 0)
	if err != nil || stopped.State != model.StateStopped || stopped.Runtime.Reason != "it was stopped" ||
		stopped.Runtime.StoppedAt.IsZero() || stopped.Socket != "" {
		t.Errorf("Stop = %+v, %v", stopped, err)
	}
	again, err := b.Start(t.Context(), v.ID[:8], nil)
	if err != nil || again.VM.State != model.StateRunning || again.VM.Runtime.BootID == v.Runtime.BootID ||
		again.VM.Runtime.GuestIP != v.Runtime.GuestIP || !again.VM.Runtime.StoppedAt.IsZero() {
		t.Errorf("Start = %+v, %v", again.VM, err)
	}
	killed, err := b.Kill(t.Context(), v.ID, "")
	if err != nil || killed.State != model.StateStopped || killed.Runtime.Reason != "it was killed" {
		t.Errorf("Kill = %+v, %v", killed, err)
	}
	if err := b.Delete(t.Context(), "web", false); err != nil {
		t.Error(err)
	}
	b.mustBeGone()
}

func TestWhatIsSoAlreadyIsNoError(t *testing.T) {
	b := newBench(t)
	b.create(ask("web"))
	started, err := b.Start(t.Context(), "web", nil)
	if err != nil || len(started.Phases) != 0 {
		t.Errorf("start of a running VM: %+v, %v, want no phases and no error", started, err)
	}
	for range 2 {
		if v, err := b.Stop(t.Context(), "web", 0); err != nil || v.State != model.StateStopped {
			t.Errorf("stop: %s, %v", v.State, err)
		}
	}
	if v, err := b.Kill(t.Context(), "web", ""); err != nil || v.State != model.StateStopped {
		t.Errorf("kill of a stopped VM: %s, %v", v.State, err)
	}
}

func TestEndOfItself(t *testing.T) {
	for cause, want := range map[string]string{
		"poweroff": "the guest powered off",
		"reset":    "the guest rebooted or panicked",
		"killed":   "its engine was killed from outside",
		"failed":   "it failed",
	} {
		t.Run(cause, func(t *testing.T) {
			b := newBench(t)
			v := b.create(ask("web"))
			ended, stop := b.Ended(v.ID)
			defer stop()
			b.world.double(v.ID).end(exitOf(cause, false))
			b.eventually("stopped", func() bool { return b.show("web").State == model.StateStopped })
			if got := b.show("web").Runtime.Reason; got != want {
				t.Errorf("reason %q, want %q", got, want)
			}
			<-ended
		})
	}
}

// The end of a VM that was started, not created, is seen too.
func TestEndAfterAStart(t *testing.T) {
	b := newBench(t)
	r := ask("web")
	r.Start = false
	b.create(r)
	started, err := b.Start(t.Context(), "web", nil)
	if err != nil {
		t.Fatal(err)
	}
	b.world.double(started.VM.ID).end(exitOf("poweroff", false))
	b.eventually("stopped", func() bool { return b.show("web").State == model.StateStopped })
}

func TestEphemeralGoesWhenItEnds(t *testing.T) {
	ends := map[string]func(*bench, VM) error{
		"of itself": func(b *bench, v VM) error { b.world.double(v.ID).end(exitOf("poweroff", true)); return nil },
		"stop":      func(b *bench, v VM) error { _, err := b.Stop(b.t.Context(), v.Name, 0); return err },
		"kill":      func(b *bench, v VM) error { _, err := b.Kill(b.t.Context(), v.Name, ""); return err },
		"delete":    func(b *bench, v VM) error { return b.Delete(b.t.Context(), v.Name, true) },
		"all":       func(b *bench, _ VM) error { return b.StopAll(b.t.Context()) },
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			r := ask("web")
			r.Ephemeral = true
			if err := end(b, b.create(r)); err != nil {
				t.Error(err)
			}
			b.eventually("deleted", func() bool {
				vms, err := b.List(t.Context())
				return err == nil && len(vms) == 0
			})
			b.eventually("let go", func() bool { b.locks.mu.Lock(); defer b.locks.mu.Unlock(); return len(b.locks.byID) == 0 })
			b.mustBeGone()
		})
	}
}

// What is asked for while a start is under way ends the start.
func TestInterruptedStart(t *testing.T) {
	type act func(*bench) error
	acts := map[string]act{
		"stop":   func(b *bench) error { _, err := b.Stop(b.t.Context(), "web", 0); return err },
		"kill":   func(b *bench) error { _, err := b.Kill(b.t.Context(), "web", ""); return err },
		"delete": func(b *bench) error { return b.Delete(b.t.Context(), "web", true) },
	}
	for name, do := range acts {
		for _, call := range []string{"disks", "start", "configure", "copy"} {
			t.Run(name+" while "+call, func(t *testing.T) {
				b := newBench(t)
				r := ask("web")
				r.Start = false
				b.create(r)
				starting := make(chan struct{})
				b.failAt("call "+call, func(ctx context.Context) error {
					close(starting)
					<-ctx.Done()
					return ctx.Err()
				})
				failed := make(chan error)
				go func() { _, err := b.Start(t.Context(), "web", nil); failed <- err }()
				<-starting
				if got := b.show("web").State; got != model.StateStarting {
					t.Errorf("state %s, want starting", got)
				}
				wantCode(t, b.Delete(t.Context(), "web", false), problem.Conflict)
				if err := do(b); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				err := <-failed
				wantCode(t, err, problem.Canceled)
				want := map[string]string{"stop": "was asked to stop"}[name]
				if err == nil || !strings.Contains(err.Error(), orDefault(want, "was asked to end at once")) {
					t.Errorf("start: %v, want it to say who ended it", err)
				}
				if name == "delete" {
					b.mustBeGone()
				} else if v := b.show("web"); v.State != model.StateCreated {
					t.Errorf("state %s, want created", v.State)
				}
			})
		}
	}
}

func TestDeleteWhileCreating(t *testing.T) {
	b := newBench(t)
	starting := make(chan struct{})
	b.failAt("call start", func(ctx context.Context) error {
		close(starting)
		<-ctx.Done()
		return ctx.Err()
	})
	failed := make(chan error)
	go func() { _, err := b.Create(t.Context(), ask("web"), nil); failed <- err }()
	<-starting
	if err := b.Delete(t.Context(), "web", true); err != nil {
		t.Error(err)
	}
	wantCode(t, <-failed, problem.Canceled)
	b.mustBeGone()
}

func TestKillCutsAStopShort(t *testing.T) {
	b := newBench(t)
	b.create(ask("web"))
	asked := make(chan struct{})
	b.failAt("call poweroff", func(ctx context.Context) error {
		close(asked)
		<-ctx.Done()
		return ctx.Err()
	})
	stopped := make(chan error)
	go func() { _, err := b.Stop(t.Context(), "web", time.Hour); stopped <- err }()
	<-asked
	v, err := b.Kill(t.Context(), "web", "")
	if err != nil || v.State != model.StateStopped {
		t.Errorf("Kill = %s, %v, want stopped", v.State, err)
	}
	wantCode(t, <-stopped, problem.Canceled)
}

func TestOneOfManyGetsAName(t *testing.T) {
	b := newBench(t)
	const many = 20
	errs := make(chan error, many)
	for range many {
		go func() { _, err := b.Create(t.Context(), ask("web"), nil); errs <- err }()
	}
	won := 0
	for range many {
		if err := <-errs; err == nil {
			won++
		} else {
			wantCode(t, err, problem.Taken)
		}
	}
	vms, err := b.List(t.Context())
	if won != 1 || err != nil || len(vms) != 1 {
		t.Errorf("%d creates succeeded and %d VMs are there (%v), want one", won, len(vms), err)
	}
	running := 0
	for _, d := range b.world.machines {
		if r, _ := d.alive(); r {
			running++
		}
	}
	if running != 1 {
		t.Errorf("%d machines run, want one", running)
	}
}

func TestManyAtOnce(t *testing.T) {
	b := newBench(t)
	const many = 50
	var all sync.WaitGroup
	vms := make([]VM, many)
	for i := range many {
		all.Go(func() {
			started, err := b.Create(t.Context(), ask(""), nil)
			if err != nil {
				t.Error(err)
			}
			vms[i] = started.VM
		})
	}
	all.Wait()
	names, addresses := map[string]bool{}, map[string]bool{}
	for _, v := range vms {
		names[v.Name], addresses[v.Runtime.GuestIP] = true, true
		if v.State != model.StateRunning {
			t.Errorf("%s is %s, want running", v.Name, v.State)
		}
	}
	if len(names) != many || len(addresses) != many {
		t.Errorf("%d names and %d addresses, want %d of each", len(names), len(addresses), many)
	}
	for _, v := range vms {
		all.Go(func() {
			if err := b.Delete(t.Context(), v.Name, true); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	b.mustBeGone()
}

func TestDefaultsAreMade(t *testing.T) {
	b := newBench(t)
	img, err := b.store.ImageByName(t.Context(), "debian-bookworm")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.store.DeleteImage(t.Context(), img.ID); err != nil {
		t.Fatal(err)
	}
	b.kernel.Store(false)
	// A name that is not known is refused before anything is made.
	for what, spoil := range map[string]func(*Request){
		"image":  func(r *Request) { r.Image = "other" },
		"kernel": func(r *Request) { r.Kernel = "other" },
	} {
		r := ask("db")
		spoil(&r)
		_, err := b.Create(t.Context(), r, nil)
		wantCode(t, err, problem.NotFound)
		if problem.RemedyOf(err) == "" {
			t.Errorf("unknown %s: no remedy", what)
		}
	}
	if built, pulled := b.built.Load(), b.pulled.Load(); built+pulled != 0 {
		t.Errorf("%d images and %d kernels were made for requests that were refused", built, pulled)
	}
	b.create(ask("web"))
	if built, pulled := b.built.Load(), b.pulled.Load(); built != 1 || pulled != 1 {
		t.Errorf("%d images and %d kernels were made, want one of each", built, pulled)
	}
}

func TestDamagedImageIsRefused(t *testing.T) {
	b := newBench(t)
	b.create(ask("web"))
	if _, err := b.Stop(t.Context(), "web", 0); err != nil {
		t.Fatal(err)
	}
	b.damage = problem.New(problem.Damaged, "image is damaged")
	_, err := b.Create(t.Context(), ask("db"), nil)
	wantCode(t, err, problem.Damaged)
	_, err = b.Start(t.Context(), "web", nil)
	wantCode(t, err, problem.Damaged)
	if got := b.show("web").State; got != model.StateStopped {
		t.Errorf("state %s, want stopped: nothing was tried", got)
	}
	if _, err := b.Show(t.Context(), "db"); problem.CodeOf(err) != problem.NotFound {
		t.Errorf("a VM was made: %v", err)
	}
}

func TestReferences(t *testing.T) {
	b := newBench(t)
	var ids []string
	for i := range 2 {
		record := b.create(ask(fmt.Sprintf("vm-%d", i))).VMRecord
		// Ids that share their first digits.
		other := record
		other.ID, other.Name = fmt.Sprintf("abcd%028d", i), fmt.Sprintf("twin-%d", i)
		if _, err := b.store.CreateVM(t.Context(), other, b.settings.Subnet); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, other.ID)
	}
	for _, ref := range []string{"twin-0", ids[0], ids[0][:len(ids[0])]} {
		if v, err := b.Show(t.Context(), ref); err != nil || v.Name != "twin-0" {
			t.Errorf("%s: %s, %v, want twin-0", ref, v.Name, err)
		}
	}
	_, err := b.Show(t.Context(), "abcd0")
	wantCode(t, err, problem.Ambiguous)
	for _, name := range []string{"twin-0", "twin-1"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("ambiguous: %v, want it to name %s", err, name)
		}
	}
	for _, ref := range []string{"", "nobody", "abcde"} {
		_, err := b.Show(t.Context(), ref)
		wantCode(t, err, problem.NotFound)
	}
}

func TestEveryVerbRefusesAnUnknownName(t *testing.T) {
	b := newBench(t)
	for verb, do := range map[string]func() error{
		"show":   func() error { _, err := b.Show(t.Context(), "nobody"); return err },
		"start":  func() error { _, err := b.Start(t.Context(), "nobody", nil); return err },
		"stop":   func() error { _, err := b.Stop(t.Context(), "nobody", 0); return err },
		"kill":   func() error { _, err := b.Kill(t.Context(), "nobody", ""); return err },
		"delete": func() error { return b.Delete(t.Context(), "nobody", true) },
	} {
		err := do()
		wantCode(t, err, problem.NotFound)
		if err == nil || !strings.Contains(err.Error(), "nobody") || problem.RemedyOf(err) == "" {
			t.Errorf("%s: %v, want it to name what was not found, and a remedy", verb, err)
		}
	}
}

func TestBadRequests(t *testing.T) {
	b := newBench(t)
	for name, spoil := range map[string]func(*Request){
		"name":           func(r *Request) { r.Name = "Web" },
		"no vcpu":        func(r *Request) { r.VCPU = 0 },
		"many vcpus":     func(r *Request) { r.VCPU = 5 },
		"little memory":  func(r *Request) { r.Memory = 127 * MiB },
		"much memory":    func(r *Request) { r.Memory = 9 * gib },
		"odd memory":     func(r *Request) { r.Memory++ },
		"negative":       func(r *Request) { r.Disk = -gib },
		"no disk":        func(r *Request) { r.Disk = 0 },
		"much disk":      func(r *Request) { r.Disk = 129 * gib },
		"little system":  func(r *Request) { r.System = MiB },
		"odd system":     func(r *Request) { r.System++ },
		"variable":       func(r *Request) { r.Env = map[string]string{"A=B": ""} },
		"empty variable": func(r *Request) { r.Env = map[string]string{"": "x"} },
		"zero byte":      func(r *Request) { r.Env = map[string]string{"A": "\x00"} },
		"much":           func(r *Request) { r.Env = map[string]string{"A": strings.Repeat("x", maxEnv)} },
	} {
		t.Run(name, func(t *testing.T) {
			r := ask("web")
			spoil(&r)
			_, err := b.Create(t.Context(), r, nil)
			wantCode(t, err, problem.Invalid)
			if problem.RemedyOf(err) == "" {
				t.Error("no remedy")
			}
		})
	}
	b.mustBeGone()
}

func TestDeleteOfARunningVMWantsForce(t *testing.T) {
	b := newBench(t)
	b.create(ask("web"))
	err := b.Delete(t.Context(), "web", false)
	wantCode(t, err, problem.Conflict)
	if !strings.Contains(problem.RemedyOf(err), "-f") {
		t.Errorf("remedy %q, want it to name -f", problem.RemedyOf(err))
	}
	if got := b.show("web").State; got != model.StateRunning {
		t.Errorf("state %s, want running", got)
	}
}

func TestTwoDeletesAtOnceBothSucceed(t *testing.T) {
	b := newBench(t)
	b.create(ask("web"))
	errs := make(chan error, 10)
	for range cap(errs) {
		go func() { errs <- b.Delete(t.Context(), "web", true) }()
	}
	for range cap(errs) {
		if err := <-errs; err != nil && problem.CodeOf(err) != problem.NotFound {
			t.Error(err)
		}
	}
	b.mustBeGone()
}

func TestKernelInUseIsKept(t *testing.T) {
	b := newBench(t)
	b.create(ask("web"))
	wantCode(t, b.MayDeleteKernel(t.Context(), "debian-cloud"), problem.Conflict)
	if err := b.MayDeleteKernel(t.Context(), "other"); err != nil {
		t.Error(err)
	}
}

func TestGuestThatFailsInACreateSaysWhereToLook(t *testing.T) {
	b := newBench(t)
	b.failAt("call start", func(context.Context) error {
		return problem.New(problem.GuestFailed, "the guest ended while it booted").WithRemedy("banger vm logs web")
	})
	_, err := b.Create(t.Context(), ask("web"), nil)
	wantCode(t, err, problem.GuestFailed)
	if !strings.Contains(problem.RemedyOf(err), "--no-start") {
		t.Errorf("remedy %q, want one that works although the VM is gone", problem.RemedyOf(err))
	}
	if errors.Is(err, context.Canceled) {
		t.Error("the error is of a cancellation")
	}
}
