package e2e

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
)

// publish puts into a folder what guests find in the tests' internet: a file of 8 MiB, a git repository for those who speak
// plain HTTP, and a repository of Debian's kind with one package.
func publish(t *testing.T, www string) {
	t.Helper()
	big := make([]byte, 8<<20)
	rand.NewChaCha8([32]byte{}).Read(big)
	write(t, filepath.Join(www, "big"), string(big), 0o644)

	write(t, filepath.Join(www, "work", "word"), "from git\n", 0o644)
	for _, args := range [][]string{
		{"init", "-q"}, {"add", "word"}, {"-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "-q", "-m", "word"},
		{"clone", "-q", "--bare", ".", "../repository.git"}, {"-C", "../repository.git", "update-server-info"},
	} {
		onHost(t, filepath.Join(www, "work"), "git", args...)
	}

	apt := filepath.Join(www, "apt")
	const control = "Package: tiny\nVersion: 1.0\nArchitecture: all\nMaintainer: A <a@example.com>\nDescription: tiny\n"
	write(t, filepath.Join(apt, "tiny", "DEBIAN", "control"), control, 0o644)
	write(t, filepath.Join(apt, "tiny", "opt", "word"), "from apt\n", 0o644)
	onHost(t, apt, "dpkg-deb", "--build", "--root-owner-group", "tiny", "tiny.deb")
	deb := readFile(t, filepath.Join(apt, "tiny.deb"))
	write(t, filepath.Join(apt, "Packages"), fmt.Sprintf("%sFilename: ./tiny.deb\nSize: %d\nSHA256: %s\n\n", control, len(deb), sum(deb)), 0o644)
}
