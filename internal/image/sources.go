package image

import (
	"bufio"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"banger/internal/aptsource"
	"banger/internal/problem"
)

// sources are the entries of the Debian archive for one suite.
type sources []aptsource.Source

// debianSources gives the host's entries of the Debian archive for a suite. Where the host
// has none of that suite, its entries of another are taken over: the same
// mirrors and keys, but only the component main, since others do not exist in every suite.
func (h host) debianSources(suite string) (sources, error) {
	all, err := aptsource.Debian(h.root)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(s aptsource.Source) bool { _, _, ok := splitSuite(s.Suite); return !ok })
	if len(all) == 0 {
		return nil, problem.New(problem.Unavailable, "the apt sources of this host have no Debian archive to build from").
			WithRemedy("add one to /etc/apt/sources.list.d, or build on a Debian host")
	}
	first, _, _ := splitSuite(all[0].Suite)
	if has := slices.ContainsFunc(all, func(s aptsource.Source) bool { return s.Suite == suite }); has {
		first = suite
	}
	var chosen sources
	for _, s := range all {
		if base, companion, _ := splitSuite(s.Suite); base == first {
			chosen = append(chosen, move(s, suite, companion))
		}
	}
	return chosen, nil
}

// splitSuite splits bookworm-security into bookworm and -security. Companions other
// than security and updates, such as backports, are not ok: an image is made of the release itself.
func splitSuite(s string) (base, companion string, ok bool) {
	for _, c := range []string{"-security", "-updates"} {
		if base, found := strings.CutSuffix(s, c); found {
			return base, c, true
		}
	}
	return s, "", !strings.ContainsAny(s, "-/") && s != "experimental"
}

func move(s aptsource.Source, suite, companion string) aptsource.Source {
	if s.Suite != suite+companion {
		s.Suite, s.Components = suite+companion, []string{"main"}
	}
	return s
}

// String is a sources.list.
func (s sources) String() string {
	var b strings.Builder
	for _, entry := range s {
		b.WriteString(entry.String() + "\n")
	}
	return b.String()
}

// forGuest gives the entries as a guest may see them: without credentials, and
// with the first mirror in place of a list of mirrors that only the host has.
func (h host) forGuest(s sources) sources {
	guest := slices.Clone(s)
	for i := range guest {
		uri := guest[i].URI
		if list, ok := strings.CutPrefix(uri, "mirror+file:"); ok {
			if uri = h.firstMirror(list); uri == "" {
				continue
			}
		}
		if u, err := url.Parse(uri); err == nil {
			u.User = nil
			uri = u.String()
		}
		guest[i].URI = uri
	}
	return guest
}

// firstMirror is the first address in a list of mirrors (apt-transport-mirror(1)), empty if there is none.
func (h host) firstMirror(list string) string {
	f, err := os.Open(filepath.Join(h.root, list))
	if err != nil {
		return "" // the guest's entry stays as it is, for the user to mend
	}
	defer f.Close()
	lines := bufio.NewScanner(io.LimitReader(f, 1<<20))
	for lines.Scan() {
		if words := strings.Fields(lines.Text()); len(words) > 0 && !strings.HasPrefix(words[0], "#") {
			return words[0]
		}
	}
	return ""
}
