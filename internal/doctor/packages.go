package doctor

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"strings"

	"banger/internal/aptsource"
)

// checkSources looks for the Debian archive that kernels and images are made from.
func checkSources(context.Context, *host) []Row {
	sources, err := aptsource.Debian("/")
	if err != nil {
		return problemRow("sources", Warn, err)
	}
	if len(sources) == 0 {
		return warned("sources", "the host's apt knows no Debian archive, so kernel pull and image build cannot work",
			"import a kernel with: banger kernel import NAME --from DEB")
	}
	suites := make([]string, len(sources))
	for i, s := range sources {
		suites[i] = s.Suite
	}
	return passed("sources", "the Debian archive: "+strings.Join(suites, ", "))
}

// checkNamespaces looks for what a plain user needs to build an image.
func checkNamespaces(_ context.Context, h *host) []Row {
	const code = "namespaces"
	if h.uid == 0 {
		return nil // root builds without them
	}
	for path, bad := range map[string]string{
		"/proc/sys/kernel/unprivileged_userns_clone":             "0",
		"/proc/sys/user/max_user_namespaces":                     "0",
		"/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1",
	} {
		value, err := os.ReadFile(path)
		if err == nil && strings.TrimSpace(string(value)) == bad {
			return warned(code, "this host does not let plain users make user namespaces, which image build needs: "+path+" is "+bad,
				"ask root to change it with sysctl, or build images as root")
		}
	}
	if _, err := exec.LookPath("newuidmap"); err != nil {
		return warned(code, "newuidmap is not installed, so image build cannot work as a plain user", "install the package uidmap")
	}
	name := strconv.Itoa(h.uid)
	if u, err := user.LookupId(name); err == nil {
		name = u.Username
	}
	for _, file := range []string{"/etc/subuid", "/etc/subgid"} {
		if !hasRange(file, name, strconv.Itoa(h.uid)) {
			return warned(code, fmt.Sprintf("%s has no range for %s, so image build cannot work as a plain user", file, name),
				"ask root to type: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 "+name)
		}
	}
	return passed(code, "plain users can build images")
}

// hasRange reports whether a line "name:first:count" of the file is for one of the names (subuid(5)).
func hasRange(file string, names ...string) bool {
	text, err := os.ReadFile(file)
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(text)) {
		owner, _, _ := strings.Cut(line, ":")
		for _, name := range names {
			if owner == name {
				return true
			}
		}
	}
	return false
}
