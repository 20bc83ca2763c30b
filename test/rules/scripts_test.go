package rules

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// script runs one of the build's scripts with nothing but the given folder and the shell's own tools on the PATH.
func script(t *testing.T, bin string, name string, args ...string) (said string, exit int) {
	t.Helper()
	cmd := exec.Command("/bin/bash", append([]string{filepath.Join("scripts", name)}, args...)...)
	cmd.Dir, cmd.Env = root(t), []string{"PATH=" + bin}
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// tools is a folder with links to the named programs of this host.
func tools(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestOldGoIsRefusedInOneSentence(t *testing.T) {
	bin := tools(t, "sed", "sort", "head")
	for version, want := range map[string]string{
		"":                                "no go is on the PATH",
		"go version go1.9 linux/amd64":    "this is Go 1.9",
		"go version go1.25.6 linux/amd64": "this is Go 1.25",
	} {
		if version != "" {
			program := "#!/bin/bash\necho '" + version + "'\n"
			if err := os.WriteFile(filepath.Join(bin, "go"), []byte(program), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		said, exit := script(t, bin, "require-go")
		if exit != 1 || !strings.Contains(said, want) || strings.Count(said, "\n") != 1 {
			t.Errorf("%q: exit %d, said %q, want one line with %q", version, exit, said, want)
		}
		os.Remove(filepath.Join(bin, "go"))
	}
	if said, exit := script(t, tools(t, "sed", "sort", "head", "go"), "require-go"); exit != 0 || said != "" {
		t.Errorf("the Go that runs this test: exit %d, said %q", exit, said)
	}
}

func TestDependenciesAreNamedWhereTheyCannotBeInstalled(t *testing.T) {
	if said, exit := script(t, tools(t), "deps", "e2fsprogs", "strace"); exit != 1 || !strings.Contains(said, "e2fsprogs strace") {
		t.Errorf("without apt: exit %d, said %q", exit, said)
	}
	debian := tools(t, "dpkg-query", "apt-get", "id")
	if said, exit := script(t, debian, "deps", "dpkg"); exit != 0 || said != "" {
		t.Errorf("with everything there: exit %d, said %q", exit, said)
	}
	if said, exit := script(t, tools(t), "deps"); exit != 0 || said != "" {
		t.Errorf("with nothing asked for: exit %d, said %q", exit, said)
	}
}
