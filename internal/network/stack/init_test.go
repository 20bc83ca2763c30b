package stack

import (
	"fmt"
	"os"
	"os/exec"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
)

// instrumented is how many times as much a program takes that was built to find races, roughly.
func instrumented() int {
	info, _ := debug.ReadBuildInfo()
	if slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		return 10
	}
	return 1
}

// TestStartIsCheap keeps what this package brings into a program from costing each shim time and memory before its main begins. Bytes and
// allocations stand for time, which no test can measure on a busy machine.
func TestStartIsCheap(t *testing.T) {
	mostBytes, mostAllocs := (128<<10)*instrumented(), 250*instrumented()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	packages, bytes, allocs := 0, 0, 0
	for line := range strings.Lines(string(out)) {
		var name string
		var at, took float64
		var size, count int
		_, err := fmt.Sscanf(line, "init %s @%g ms, %g ms clock, %d bytes, %d allocs", &name, &at, &took, &size, &count)
		first, _, _ := strings.Cut(name, "/")
		if err != nil || !strings.Contains(first, ".") && first != "banger" {
			continue // the standard library's
		}
		packages, bytes, allocs = packages+1, bytes+size, allocs+count
	}
	if packages < 5 {
		t.Fatalf("the trace names %d packages:\n%s", packages, out)
	}
	if bytes > mostBytes || allocs > mostAllocs {
		t.Errorf("%d bytes in %d allocations before main, more than %d in %d:\n%s", bytes, allocs, mostBytes, mostAllocs, out)
	}
}
