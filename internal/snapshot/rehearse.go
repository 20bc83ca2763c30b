package snapshot

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/netip"
	"time"

	"banger/internal/guestlink"
	"banger/internal/machine"
	"banger/internal/tree"
)

// What a guest has for the rehearsal only: a folder where workspaces are, a file where the agent remembers them.
const (
	rehearsal       = "/root/.banger-rehearsal"
	rehearsalRecord = "/var/lib/banger/rehearsal"
)

// rehearse has a spare do once what it will do when it is claimed: where the processor is emulated the first time is
// several times as dear as the next. What it is told it is now is replaced then.
func rehearse(ctx context.Context, m *machine.Machine, id string) error {
	entropy := make([]byte, 64)
	rand.Read(entropy) // never fails
	_, err := m.Configure(ctx, guestlink.Configure{
		Hostname: "spare", Address: netip.AddrFrom4([4]byte{172, 31, 255, 254}), Now: time.Now(), Entropy: entropy, MachineID: id, BootID: "00000000-0000-4000-8000-000000000000",
		Git: &guestlink.Identity{Name: "spare", Email: "spare@localhost"},
	})
	if err == nil { // so that the claim need not
		_, err = m.Configure(ctx, guestlink.Configure{Address: netip.IPv4Unspecified()})
	}
	if err == nil {
		err = rehearseWorkspace(ctx, m)
	}
	if err == nil {
		_, err = m.Exec(ctx, guestlink.Exec{Args: []string{"rm", "-r", rehearsal, rehearsalRecord}})
	}
	return err
}

// rehearseWorkspace has a guest take a workspace and tell what has become of it.
func rehearseWorkspace(ctx context.Context, m *machine.Machine) error {
	put := guestlink.TreePut{Path: rehearsal, Record: rehearsalRecord, Fresh: true}
	err := converse(ctx, m, guestlink.Request{Op: guestlink.OpTreePut, TreePut: &put}, func(link guestlink.Copying, _ guestlink.Response) error {
		_, err := link.Send(guestlink.CopyEnd{Tree: "rehearsal"}, writeSample)
		return err
	})
	if err != nil {
		return fmt.Errorf("rehearse a workspace: %w", err)
	}
	ask := guestlink.TreeChanges{Path: rehearsal, Record: rehearsalRecord}
	return converse(ctx, m, guestlink.Request{Op: guestlink.OpTreeChanges, TreeChanges: &ask}, func(link guestlink.Copying, _ guestlink.Response) error {
		_, err := link.End()
		return err
	})
}

// converse makes a request of the guest and goes on from its answer.
func converse(ctx context.Context, m *machine.Machine, req guestlink.Request, use func(guestlink.Copying, guestlink.Response) error) error {
	conn, err := m.Stream(ctx)
	if err != nil {
		return err
	}
	return guestlink.RunCopy(ctx, conn, req, use)
}

// writeSample writes a few files of each kind.
func writeSample(out io.Writer) error {
	large := bytes.Repeat([]byte("what a file may hold\n"), 10_000)
	for i := range 40 {
		e := tree.Entry{Path: fmt.Sprintf("d%d/e%d/file", i%4, i), Mode: tree.File, Size: 21, Time: 1, Sum: make([]byte, 20)}
		switch i % 20 {
		case 1:
			e.Size = int64(len(large))
		case 2:
			e.Mode = tree.Link
		case 3:
			e.Mode = tree.Program
		}
		if err := tree.WriteEntry(out, e); err != nil {
			return err
		}
		if _, err := out.Write(large[:e.Size]); err != nil {
			return err
		}
	}
	return nil
}
