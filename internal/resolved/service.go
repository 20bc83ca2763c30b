package resolved

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"strings"

	"banger/internal/problem"
)

// leastVersion of systemd takes a server's port.
const leastVersion = 246

// Supported is nil where this host's systemd is new enough, else a problem.Unavailable.
func Supported(ctx context.Context) error {
	said, err := systemctl(ctx, "--version")
	if err != nil {
		return problem.New(problem.Unavailable, "find out which systemd this host has: %w", err)
	}
	if version := versionOf(said); version < leastVersion {
		return problem.New(problem.Unavailable, "systemd-resolved takes a server with a port from version %d on, and this host's is %d", leastVersion, version)
	}
	return nil
}

// versionOf reads a number after "systemd"; 0 when there is none.
func versionOf(said string) int {
	words := strings.Fields(said)
	if len(words) < 2 || words[0] != "systemd" {
		return 0
	}
	rest := strings.TrimLeft(words[1], "0123456789") // of 256.4, and of 257~rc1
	version, _ := strconv.Atoi(strings.TrimSuffix(words[1], rest))
	return version
}

// Reload has resolved read its configuration anew. It needs root.
func Reload(ctx context.Context) error {
	if _, err := systemctl(ctx, "reload-or-restart", "systemd-resolved"); err != nil {
		return problem.New(problem.Unavailable, "have systemd-resolved read its configuration: %w", err).
			WithRemedy("systemctl restart systemd-resolved")
	}
	return nil
}

// systemctl gives the program's output; its complaint is part of the error.
func systemctl(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "systemctl", args...)
	var said, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &complaint
	if err := cmd.Run(); err != nil {
		if text := strings.Join(strings.Fields(complaint.String()), " "); text != "" {
			return "", fmt.Errorf("systemctl: %s", text)
		}
		return "", fmt.Errorf("systemctl: %w", err)
	}
	return said.String(), nil
}
