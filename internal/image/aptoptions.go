package image

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// wanted are the settings of the host's apt that say how to reach the archive:
// proxies, certificates, address family, retries.
var wanted = regexp.MustCompile(`^Acquire::(https?|ftp|Retries|ForceIPv[46]|Check-Valid-Until|Check-Date|Max-ValidTime)\b.* "[^"]+";$`)

// aptOptions writes a file of settings for the apt of the build, which else has
// none of the host's, and gives its path. They do not get into the image: slim drops
// what mmdebstrap makes of them.
func (b bootstrap) aptOptions(ctx context.Context) (string, error) {
	cmd := exec.CommandContext(ctx, "apt-config", "dump", "Acquire")
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	dump, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("read the settings of the host's apt: %w", err)
	}
	options := "Acquire::Retries \"3\";\n"
	for line := range strings.Lines(string(dump)) {
		if wanted.MatchString(strings.TrimSuffix(line, "\n")) {
			options += line
		}
	}
	path := filepath.Join(b.scratch, "apt.conf")
	if err := os.WriteFile(path, []byte(options), 0o644); err != nil {
		return "", err
	}
	return path, os.Chmod(path, 0o644) // whatever the umask: users of a name space read it
}
