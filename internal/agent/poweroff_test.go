package agent_test

import (
	"errors"
	"testing"

	"banger/internal/agent/agenttest"
	"banger/internal/guestlink"
)

func TestPowerOffEndsEverything(t *testing.T) {
	g := start(t)
	x := sh("trap '' TERM HUP; echo up >&2; sleep 3005; sleep 3005")
	x.Detach = true
	if _, err := g.run(t, x, guestlink.IO{}); err != nil {
		t.Fatal(err)
	}
	g.output(t, sh("setsid sleep 3006 >/dev/null 2>&1 &"), nil)
	result := make(chan guestlink.Exit, 1)
	stream, err := g.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	up := make(chan struct{})
	go func() {
		exit, err := guestlink.RunExec(t.Context(), stream, sh("echo up; exec sleep 3007"), guestlink.IO{Stdout: writer(func([]byte) { close(up) })})
		if err != nil {
			t.Errorf("the command's end was not reported: %v", err)
		}
		result <- exit
	}()
	<-up
	if _, err := g.Call(t.Context(), guestlink.Request{Op: guestlink.OpPowerOff}); err != nil {
		t.Errorf("the answer: %v", err)
	}
	if exit := <-result; exit.Signal != 15 {
		t.Errorf("the command ended with %+v", exit)
	}
	if code := <-g.Exit; code != agenttest.PoweredOff {
		t.Errorf("the machine ended with %d", code)
	}
	for _, mark := range []string{"3005", "3006", "3007"} {
		if alive(mark) {
			t.Errorf("sleep %s outlived the machine", mark)
		}
	}
}

func TestNothingStartsDuringPowerOff(t *testing.T) {
	g := start(t)
	x := sh("trap '' TERM HUP; echo up; sleep 3008; sleep 3008")
	x.Detach = true
	if _, err := g.run(t, x, guestlink.IO{}); err != nil {
		t.Fatal(err)
	}
	if _, err := g.Console.Read(make([]byte, 3)); err != nil {
		t.Fatal(err)
	}
	if _, err := g.Call(t.Context(), guestlink.Request{Op: guestlink.OpPowerOff}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a refusal", func() bool {
		_, err := g.run(t, sh("true"), guestlink.IO{})
		refusal, ok := errors.AsType[*guestlink.Error](err)
		return ok && refusal.Message == "the guest is powering off"
	})
	<-g.Exit
}
