package e2e

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
)

// guestRounds is how many real guests edit a repository at random. The thousand are in package workspace, with a local agent.
const guestRounds = 20

// TestRoundTrips: whatever is done to a repository in a guest, the host gets byte for byte.
func TestRoundTrips(t *testing.T) {
	h := warmHost(t)
	for seed := range uint64(guestRounds) {
		r := newRepository(t)
		rng := rand.New(rand.NewPCG(seed, 5))
		script := ""
		for range 12 {
			script += "{ " + randomEdit(rng) + "; } >/dev/null 2>&1 || :\n"
		}
		script += "cd /root && tar c --exclude=./app/.git ./app | base64 >&2\n"
		patch := filepath.Join(t.TempDir(), "p")
		out := run(t, h.Banger(append(append([]string{"run", "--rm", "-q"}, small...), r.dir, "--export", patch, "--", "sh", "-c", script)...))
		if out.Exit != 0 {
			t.Fatalf("seed %d: exit %d\n%s\n%s", seed, out.Exit, script, out.Stderr)
		}
		r.git("apply", "--allow-empty", "--whitespace=nowarn", patch)
		want := unpacked(t, out.Stderr)
		got := r.files()
		for _, mine := range []string{"build.o", "secret.env"} { // never went
			delete(got, mine)
		}
		for name := range want { // ignored, so never came
			if strings.HasSuffix(name, ".o") {
				delete(want, name)
			}
		}
		compare(t, fmt.Sprintf("seed %d, %s", seed, script), want, got)
	}
}

// unpacked gives the files of a working tree that a guest has sent as text.
func unpacked(t *testing.T, text string) map[string]string {
	t.Helper()
	stream, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(text, "\n", ""))
	if err != nil {
		t.Fatalf("%v\n%.500s", err, text)
	}
	dir := t.TempDir()
	repository{t, dir}.on("tar", bytes.NewReader(stream), "x")
	return repository{t, filepath.Join(dir, "app")}.files()
}

// randomEdit is a line of shell that changes the repository somehow.
func randomEdit(rng *rand.Rand) string {
	names := []string{"answer", "data", "Makefile", "bin/tool", "staged", "link", "new", "d/e/f", `'sp ace'`, `"$(printf 'b\351')"`, "x.o", `'q"uote'`}
	name, other := names[rng.IntN(len(names))], names[rng.IntN(len(names))]
	text := fmt.Sprintf("printf 'text %d\\n\\000\\377%d'", rng.IntN(100), rng.IntN(100))
	return []string{
		fmt.Sprintf("mkdir -p \"$(dirname %s)\"; rm -rf %[1]s; %s >%[1]s", name, text),
		fmt.Sprintf("[ ! -f %s ] || %s >>%[1]s", name, text),
		fmt.Sprintf("[ ! -f %s ] || chmod %o %[1]s", name, []int{0o644, 0o755}[rng.IntN(2)]),
		fmt.Sprintf("rm -rf %s", name),
		fmt.Sprintf("rm -rf %s; ln -s answer %[1]s", names[rng.IntN(7)]),
		fmt.Sprintf("[ ! -e %s ] || [ -d %s ] || mv %[1]s %[2]s", name, other),
		"git add -A", "git add -A; git commit -qm work --allow-empty", "git add -A; git commit -q --amend -m amended",
		"git checkout -q -b side-$RANDOM$(date +%N); git commit -qam side --allow-empty", "git stash -q || :",
		"git add -A; git commit -qm onto --allow-empty; git checkout -q -B m HEAD~1; echo m >merged; git add merged; git commit -qm m; git merge -q -X ours -m merge - || git merge --abort",
	}[rng.IntN(12)]
}
