package image

import (
	"regexp"
	"slices"
	"strings"

	"banger/internal/namegen"
	"banger/internal/problem"
)

// DefaultSuite is the Debian release that images are made of unless told otherwise.
const DefaultSuite = "bookworm"

// basePackages is what a guest needs to be at home in, beside Debian's minimal
// system: what the design names, and what a shell user misses at once.
var basePackages = []string{
	"git", "ca-certificates", "curl", "iproute2", "iputils-ping", "procps", "less", "busybox", "openssh-client",
	"kmod", "nano", "vim-tiny", "bash-completion", "make", "jq", "patch", "psmisc", "bzip2", "xz-utils", "unzip",
}

// Request says what image to build.
type Request struct {
	Name    string   // as namegen.ValidName allows
	Suite   string   // Debian code name; DefaultSuite when empty
	Include []string // packages in addition to the default ones
}

// maxInclude keeps the command line of mmdebstrap within what Linux allows for one argument (128 KiB).
const maxInclude = 1000

var (
	suiteName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)
	// packageName follows Debian policy 5.6.1. A final hyphen would mean to apt that
	// the package is not wanted.
	packageName = regexp.MustCompile(`^[a-z0-9][a-z0-9+.-]{0,98}[a-z0-9+.]$`)
)

// resolve checks a request and gives it with every field set, Include sorted.
func (r Request) resolve() (Request, error) {
	if err := namegen.ValidName(r.Name); err != nil {
		return r, err
	}
	if r.Suite == "" {
		r.Suite = DefaultSuite
	}
	if !suiteName.MatchString(r.Suite) {
		return r, problem.New(problem.Invalid, "%.50q is no name of a Debian suite", r.Suite).
			WithRemedy("give a code name such as bookworm or trixie")
	}
	if len(r.Include) > maxInclude {
		return r, problem.New(problem.Invalid, "%d packages to include are more than %d", len(r.Include), maxInclude)
	}
	for _, p := range r.Include {
		if !packageName.MatchString(p) {
			return r, problem.New(problem.Invalid, "%.120q is no name of a Debian package", p).
				WithRemedy("names have a-z, 0-9, plus, hyphen and full stop only; give no version and no architecture")
		}
	}
	r.Include = slices.Compact(slices.Sorted(slices.Values(r.Include)))
	return r, nil
}

// key tells apart builds that are not the same build.
func (r Request) key() string {
	return r.Name + " " + r.Suite + " " + strings.Join(r.Include, ",")
}
