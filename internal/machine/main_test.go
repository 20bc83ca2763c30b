package machine_test

import (
	"context"
	"os"
	"testing"

	"banger/internal/shim"
	"banger/internal/shim/server"
	"banger/internal/vmm/fake"
)

// The test program is its own shim, and its own fake guest.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "shim":
			if server.Run(context.Background(), os.Args[2], os.NewFile(shim.ReportFD, "report")) != nil {
				os.Exit(1)
			}
			os.Exit(0)
		case fake.Role:
			os.Exit(fake.RunGuest(os.Args[2:]))
		}
	}
	os.Exit(m.Run())
}
