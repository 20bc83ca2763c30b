package harness

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// embedded is where the agent lies when bangerd is compiled.
const embedded = "internal/initramfs/agent/banger-agent"

// Root is the top of the source tree.
func Root() (string, error) {
	out, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("find the source tree: %w", err)
	}
	return filepath.Dir(strings.TrimSpace(string(out))), nil
}

// Build compiles banger, bangerd and banger-agent into dir. bangerd carries the
// agent just built, whatever lies in the source tree.
func Build(dir string) error {
	root, err := Root()
	if err != nil {
		return err
	}
	agent := filepath.Join(dir, "banger-agent")
	if err := goBuild(root, "-ldflags", "-s -w", "-o", agent, "./cmd/banger-agent"); err != nil {
		return err
	}
	overlay := filepath.Join(dir, "overlay.json")
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(root, embedded): agent}})
	if err != nil {
		return err
	}
	if err := os.WriteFile(overlay, replace, 0o600); err != nil {
		return err
	}
	return goBuild(root, "-overlay", overlay, "-o", dir+"/", "./cmd/banger", "./cmd/bangerd")
}

func goBuild(root string, args ...string) error {
	cmd := exec.Command("go", append([]string{"build", "-trimpath", "-buildvcs=false"}, args...)...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOTOOLCHAIN=local")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return nil
}

// BuildProbe compiles test/probe, a program for guests, to path.
func BuildProbe(path string) error {
	root, err := Root()
	if err != nil {
		return err
	}
	return goBuild(root, "-ldflags", "-s -w", "-o", path, "./test/probe")
}
