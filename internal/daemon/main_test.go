package daemon

import (
	"context"
	"os"
	"testing"

	"banger/internal/shim"
	supervisor "banger/internal/shim/server"
	"banger/internal/vmm/fake"
)

// shimRole makes the test's program a shim, as bangerd's first argument does.
const shimRole = "shim"

// hangRole makes it a shim that never says a word.
const hangRole = "hang"

// self is the test's program.
var self, errSelf = os.Executable()

func TestMain(m *testing.M) {
	if errSelf != nil {
		panic(errSelf)
	}
	switch {
	case len(os.Args) > 1 && os.Args[1] == fake.Role:
		os.Exit(fake.RunGuest(os.Args[2:]))
	case len(os.Args) == 3 && os.Args[1] == shimRole:
		if supervisor.Run(context.Background(), os.Args[2], os.NewFile(shim.ReportFD, "report")) != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	if len(os.Args) > 1 && os.Args[1] == hangRole {
		select {}
	}
	os.Exit(m.Run())
}
