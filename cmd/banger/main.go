// Command banger makes fresh Linux virtual machines. It is package cli and nothing else.
package main

import (
	"os"

	"banger/api"
	"banger/internal/cli"
)

// version and commit are set when the program is built by make.
var version, commit = "devel", ""

func main() {
	os.Exit(cli.Run(cli.Process{
		Args:      os.Args[1:],
		Stdin:     os.Stdin,
		Stdout:    os.Stdout,
		Stderr:    os.Stderr,
		LookupEnv: os.LookupEnv,
		Version:   api.Version{Version: version, Commit: commit, API: "v1"},
	}))
}
