package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"banger/internal/config"
	"banger/internal/daemon"
	"banger/internal/paths"
)

func runDaemon(args []string) int {
	flags := flag.NewFlagSet("bangerd", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	readyFD := flags.Int("ready-fd", -1, "")
	check := flags.Bool("check-migrations", false, "")
	showVersion := flags.Bool("version", false, "")
	if err := flags.Parse(args); err != nil {
		return fail(fmt.Errorf("%w; %w", err, errUsage))
	}
	switch {
	case flags.NArg() > 0:
		return fail(fmt.Errorf("bangerd has no role called %q; %w", flags.Arg(0), errUsage))
	case *showVersion:
		fmt.Println(strings.TrimSpace("bangerd " + version + " " + commit))
		return 0
	case *check:
		return checkMigrations()
	}
	if err := serve(*readyFD); err != nil {
		return fail(err)
	}
	return 0
}

func serve(readyFD int) error {
	p, err := paths.Resolve(os.Getenv, os.Getuid())
	if err != nil {
		return err
	}
	c, err := config.Load(p.Config, os.Getenv)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program's own file: %w", err)
	}
	// The program as it was started, also when its file has been replaced since.
	info, err := os.Stat("/proc/self/exe")
	if err != nil {
		return fmt.Errorf("find this program's own file: %w", err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	signal.Ignore(syscall.SIGHUP)
	return daemon.Run(ctx, daemon.Options{
		Paths: p, Config: c,
		Build: daemon.Build{Version: version, Commit: commit, Time: info.ModTime()},
		Shim:  []string{self, "shim"},
		Ready: func() { sayReady(readyFD) },
	})
}

// sayReady writes the line that a client waits for, once. That a client has gone
// meanwhile is no concern.
func sayReady(fd int) {
	if fd < 0 {
		return
	}
	f := os.NewFile(uintptr(fd), "ready")
	defer f.Close()
	fmt.Fprintln(f, "ready", time.Now().Format(time.RFC3339Nano))
}
