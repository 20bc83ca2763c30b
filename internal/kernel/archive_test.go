package kernel

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// debArchive is a Debian archive on loopback with one kernel and the package that
// depends on it. It is asked by the real apt.
type debArchive struct {
	*httptest.Server
	files    map[string][]byte
	requests atomic.Int32
	// hold, when it says so, keeps a request waiting until the client has gone.
	hold func(path string) bool
}

func newArchive(t *testing.T, files map[string]string) *debArchive {
	t.Helper()
	t.Setenv("no_proxy", "127.0.0.1")
	a := &debArchive{files: map[string][]byte{}, hold: func(string) bool { return false }}
	a.publish("6.1.0-1", files)
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.requests.Add(1)
		if a.hold(r.URL.Path) {
			<-r.Context().Done()
			return
		}
		b, ok := a.files[strings.TrimPrefix(r.URL.Path, "/debian/")]
		if !ok {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(b)
	}))
	t.Cleanup(a.Close)
	return a
}

// publish makes a kernel of the given version the archive's newest.
func (a *debArchive) publish(version string, files map[string]string) {
	kernel := "linux-image-" + testRelease
	index := ""
	for _, pkg := range []struct{ name, depends string }{{kernel, ""}, {cloudKernel, kernel + " (= " + version + ")"}} {
		deb := debOf(pkg.name, version, pkg.depends, tarOf(files))
		path := "pool/" + pkg.name + "_" + version + ".deb"
		a.files[path] = deb
		index += fmt.Sprintf("Package: %s\nVersion: %s\nArchitecture: amd64\nFilename: %s\nSize: %d\nSHA256: %x\n", pkg.name, version, path, len(deb), sha256.Sum256(deb))
		if pkg.depends != "" {
			index += "Depends: " + pkg.depends + "\n"
		}
		index += "\n"
	}
	a.publishIndex(index)
}

const packages = "dists/sid/main/binary-amd64/Packages"

func (a *debArchive) index() string { return string(a.files[packages]) }

// publishIndex replaces the list of packages and the Release file that vouches for it.
func (a *debArchive) publishIndex(index string) {
	a.files[packages] = []byte(index)
	a.files["dists/sid/Release"] = fmt.Appendf(nil, "Origin: Debian\nSuite: sid\nCodename: sid\nArchitectures: amd64\n"+
		"Components: main\nDate: Sat, 01 Jan 2022 00:00:00 UTC\nSHA256:\n %x %d main/binary-amd64/Packages\n",
		sha256.Sum256([]byte(index)), len(index))
}

// drop takes a package's files out of the pool, spoil changes them.
func (a *debArchive) drop(pkg string) { a.pool(pkg, func(path string) { delete(a.files, path) }) }

func (a *debArchive) spoil(pkg string) {
	a.pool(pkg, func(path string) { a.files[path][len(a.files[path])/2] ^= 1 })
}

func (a *debArchive) pool(pkg string, do func(path string)) {
	for path := range a.files {
		if strings.HasPrefix(path, "pool/"+pkg+"_") {
			do(path)
		}
	}
}

// host gives a root folder whose apt sources name the archive. Nothing of it is signed, which
// the entry's option allows.
func (a *debArchive) host(t *testing.T) string {
	t.Helper()
	return writeTree(t, t.TempDir(), map[string]string{
		"etc/apt/sources.list": "deb [trusted=yes] " + a.URL + "/debian sid main\n",
		"etc/os-release":       "PRETTY_NAME=\"Debian of the test\"\n",
	})
}

// pullStore is a store that pulls from the archive.
func (a *debArchive) store(t *testing.T) *Store {
	t.Helper()
	s := newStore(t)
	s.root = a.host(t)
	return s
}

// nothingOfApt checks that a pull has left no state of apt's.
func nothingOfApt(t *testing.T, s *Store) {
	t.Helper()
	nothingLeft(t, filepath.Join(s.cache, "apt"))
}
