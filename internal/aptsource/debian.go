package aptsource

import (
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
)

// suite is a name of a Debian suite: a class or a code name, perhaps of one of
// its companions. Code names follow debian/distro-info-data.
var suite = regexp.MustCompile(`^(oldoldstable|oldstable|stable|testing|unstable|sid|experimental|rc-buggy|` +
	`buster|bullseye|bookworm|trixie|forky|duke)([-/](security|updates|backports|backports-sloppy|proposed-updates))?$`)

var components = []string{"main", "contrib", "non-free", "non-free-firmware"}

// isDebian decides as the package comment says.
func isDebian(host fs.FS, s Source) bool {
	if strings.HasPrefix(s.URI, "cdrom:") || strings.HasSuffix(s.Suite, "/") {
		return false
	}
	if keys, ok := s.Option("signed-by"); ok {
		return !slices.ContainsFunc(strings.Split(keys, ","), func(key string) bool {
			return !strings.HasPrefix(path.Base(key), "debian-archive-")
		})
	}
	if origin, ok := releaseOrigin(host, s); ok {
		return origin == "Debian"
	}
	return looksDebian(s)
}

func looksDebian(s Source) bool {
	foreign := func(c string) bool { return !slices.Contains(components, c) }
	if !suite.MatchString(s.Suite) || slices.ContainsFunc(s.Components, foreign) {
		return false
	}
	return slices.ContainsFunc(strings.Split(s.URI, "/"), func(folder string) bool {
		folder = strings.TrimSuffix(folder, ".list") // mirror+file:/etc/apt/mirrors/debian.list
		return folder == "debian" || folder == "debian-security"
	})
}

// releaseOrigin is the Origin field of the Release file that the host's apt has
// fetched and verified for s.
func releaseOrigin(host fs.FS, s Source) (string, bool) {
	base := "var/lib/apt/lists/" + listName(s.URI) + "_dists_" + escape(s.Suite) + "_"
	for _, kind := range []string{"InRelease", "Release"} {
		text, err := readFile(host, base+kind)
		if err != nil {
			continue // apt has not fetched it, or this user may not look: judged by its looks
		}
		for line := range strings.Lines(text) {
			if origin, ok := strings.CutPrefix(line, "Origin:"); ok {
				return strings.TrimSpace(origin), true
			}
		}
	}
	return "", false
}

// listName is the address as apt names its lists (URItoFileName of apt-pkg):
// without scheme and credentials, slashes as underscores.
func listName(uri string) string {
	u, err := url.Parse(uri)
	if err != nil {
		return "unknown"
	}
	return escape(strings.TrimSuffix(u.Host+u.Path, "/"))
}

func escape(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "_", "%5f"), "/", "_")
}
