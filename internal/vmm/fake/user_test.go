package fake

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"banger/internal/guestlink"
	"banger/internal/vmm"
	"banger/internal/vmm/vmmtest"
)

// TestRunsAsItsUser starts a guest as somebody else when this test is root.
func TestRunsAsItsUser(t *testing.T) {
	uid := os.Getuid()
	spec := vmm.Spec{Name: "somebody", Console: &vmmtest.Transcript{}, Log: &vmmtest.Transcript{}}
	if uid == 0 {
		uid = 0x70000000 + 3
		spec.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}
	}
	engine, err := New()
	if err != nil {
		t.Fatal(err)
	}
	m, err := engine.Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Kill()
	session, err := guestlink.Connect(t.Context(), m.Guest())
	if err != nil {
		t.Fatalf("the agent: %v\n%s", err, spec.Log)
	}
	stream, err := session.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	command := guestlink.Exec{Args: []string{"cat", "/proc/self/status"}, Dir: "/"}
	if _, err := guestlink.RunExec(t.Context(), stream, command, guestlink.IO{Stdout: &out}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\nUid:" + strings.Repeat("\t"+strconv.Itoa(uid), 4), "\nPPid:\t1\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the status of a command lacks %q:\n%s", want, &out)
		}
	}
}
