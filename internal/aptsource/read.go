package aptsource

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"regexp"
)

// maxFile bounds a file of sources and the part of a Release file that is read.
const maxFile = 1 << 20

// listed is a name that apt takes into account in sources.list.d.
var listed = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9_.-]*\.(list|sources)$`)

// Debian gives the enabled entries of the Debian archive among the apt sources
// below root ("/" is the host), in apt's order, each once. None is no error: the
// caller knows what to suggest on a host that is not Debian.
func Debian(root string) ([]Source, error) {
	host := os.DirFS(root) // the host's own files: absolute links in them are normal
	all, err := read(host)
	if err != nil {
		return nil, fmt.Errorf("read the apt sources: %w", err)
	}
	var debian []Source
	seen := map[string]bool{}
	for _, s := range all {
		if isDebian(host, s) && !seen[s.String()] {
			seen[s.String()] = true
			debian = append(debian, s)
		}
	}
	return debian, nil
}

// read gives every enabled binary entry in the order of apt: sources.list, then
// the folder's files by name.
func read(host fs.FS) ([]Source, error) {
	names := []string{"etc/apt/sources.list"}
	entries, err := fs.ReadDir(host, "etc/apt/sources.list.d")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, e := range entries {
		if listed.MatchString(e.Name()) {
			names = append(names, "etc/apt/sources.list.d/"+e.Name())
		}
	}
	var all []Source
	for _, name := range names {
		text, err := readFile(host, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		parse := parseLines
		if path.Ext(name) == ".sources" {
			parse = parseStanzas
		}
		sources, err := parse(text)
		if err != nil {
			return nil, fmt.Errorf("/%s: %w", name, err)
		}
		all = append(all, sources...)
	}
	return all, nil
}

// readFile reads at most maxFile bytes: a Release file's header is at its start.
func readFile(host fs.FS, name string) (string, error) {
	f, err := host.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile))
	return string(b), err
}
