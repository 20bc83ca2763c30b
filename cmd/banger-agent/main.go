// Banger-agent is process 1 of banger's guests, and the host's hand in them.
package main

import (
	"fmt"
	"os"

	"banger/internal/agent/pid1"
)

// version is set by the linker.
var version = "devel"

func main() {
	if os.Getpid() != 1 {
		fmt.Fprintln(os.Stderr, "banger-agent is the first process of a banger guest; it has no use elsewhere")
		os.Exit(2)
	}
	fmt.Fprintln(os.Stderr, "banger-agent:", pid1.Run(version))
	os.Exit(1) // the kernel panics, which ends the machine
}
