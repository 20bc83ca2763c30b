package qemu

import (
	"os"
	"slices"
	"testing"

	"banger/internal/problem"
)

func TestGroupsForTheKVMDevice(t *testing.T) {
	for _, c := range []struct {
		mode os.FileMode
		gid  uint32
		want []uint32
		ok   bool
	}{
		{0o666, 104, nil, true},
		{0o660, 104, []uint32{104}, true},
		{0o600, 104, nil, false},
		{0o660, 0, nil, false}, // root's group would be far too much
		{0o640, 104, nil, false},
	} {
		got, err := groupsFor(c.mode, c.gid)
		if !slices.Equal(got, c.want) || (err == nil) != c.ok {
			t.Errorf("groupsFor(%#o, %d) = %v, %v", c.mode, c.gid, got, err)
		}
		if err != nil && (problem.CodeOf(err) != problem.Unavailable || problem.RemedyOf(err) == "") {
			t.Errorf("groupsFor(%#o, %d): no remedy in %v", c.mode, c.gid, err)
		}
	}
}
