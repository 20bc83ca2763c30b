package daemon

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"testing"

	"banger/internal/process"
	"banger/internal/shim"
	supervisor "banger/internal/shim/server"
	"banger/internal/vmm/fake"
)

// shimRole makes the test's program a shim, as bangerd's first argument does.
const shimRole = "shim"

// hangRole makes it a shim that never says a word.
const hangRole = "hang"

// boundRole makes it a shim that ends with the process whose number it is given. go test -fuzz kills its workers.
const boundRole = "bound-shim"

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
		supervise(os.Args[2])
	case len(os.Args) == 4 && os.Args[1] == boundRole:
		go endWith(os.Args[2])
		supervise(os.Args[3])
	}
	if len(os.Args) > 1 && os.Args[1] == hangRole {
		select {}
	}
	os.Exit(m.Run())
}

func supervise(launch string) {
	if supervisor.Run(context.Background(), launch, os.NewFile(shim.ReportFD, "report")) != nil {
		os.Exit(1)
	}
	os.Exit(0)
}

func endWith(pid string) {
	n, err := strconv.Atoi(pid)
	if err == nil {
		var parent process.ID
		if parent, err = process.Of(n); err == nil {
			err = parent.Wait(context.Background())
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(1)
}
