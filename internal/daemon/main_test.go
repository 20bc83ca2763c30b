package daemon

import (
	"context"
	"os"
	"testing"

	"banger/internal/shim"
	supervisor "banger/internal/shim/server"
)

// shimRole makes the test's program a shim, as bangerd's first argument does.
const shimRole = "shim"

func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == shimRole {
		if supervisor.Run(context.Background(), os.Args[2], os.NewFile(shim.ReportFD, "report")) != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}
