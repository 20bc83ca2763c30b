package fake

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"os"

	"banger/internal/problem"
	"banger/internal/vmm"
)

// restored is the argument by which a guest learns that it goes on from another's state.
const restored = "restored"

// bootIDLength is that of a UUID, which is all the state that a fake guest has.
const bootIDLength = 36

// Save writes down what the guest remembers: which boot it is of. Its processes are lost to those that go on from it.
func (m *Machine) Save(_ context.Context, to vmm.Frozen) error {
	_, err := to.State.WriteString(m.bootID)
	return err
}

// GrowDisk does nothing: there are no disks.
func (m *Machine) GrowDisk(context.Context, int, int64) error { return nil }

// bootID is that of a saved guest, else a new one.
func bootID(from *vmm.Frozen) (string, error) {
	if from == nil {
		id := make([]byte, 16)
		rand.Read(id) // never fails
		return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:]), nil
	}
	id := make([]byte, bootIDLength)
	if _, err := from.State.ReadAt(id, 0); err != nil && err != io.EOF || id[8] != '-' {
		return "", problem.New(problem.Damaged, "the saved state of the fake guest is damaged: %w", err)
	}
	return string(id), nil
}

// skipReset takes what the host says first to a guest that goes on: that the session it had is over. The
// agent of this one has had none.
func skipReset(conn io.Reader, args []string) error {
	if len(args) < 2 || args[1] != restored {
		return nil
	}
	const resetFrame = 12 // bytes; see package guestlink
	_, err := io.CopyN(io.Discard, conn, resetFrame)
	return os.NewSyscallError("read the guest link", err)
}
