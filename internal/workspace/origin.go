package workspace

import (
	"net/url"
	"strings"
)

// withoutCredentials gives the address of a remote as a guest may know it: without passwords and tokens, and not at all when it is a path
// of this host or names a program. The user's name stays where it is part of the address, as that of ssh's git@.
func withoutCredentials(address string) string {
	if strings.ContainsFunc(address, func(r rune) bool { return r < ' ' || r == 0x7f }) || strings.Contains(address, "::") {
		return ""
	}
	if !strings.Contains(address, "://") {
		return scpAddress(address)
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	switch u.Scheme {
	case "ssh", "git+ssh", "ssh+git":
		if u.User != nil {
			u.User = url.User(u.User.Username())
		}
	case "http", "https", "git", "ftp", "ftps":
		u.User = nil
	default:
		return ""
	}
	u.RawQuery, u.ForceQuery, u.Fragment, u.RawFragment = "", false, "", ""
	return u.String()
}

// scpAddress is one of the form host:path, which git takes for ssh when no slash comes before the colon.
func scpAddress(address string) string {
	host, path, ok := strings.Cut(address, ":")
	if !ok || host == "" || strings.Contains(host, "/") || strings.HasPrefix(host, "-") || strings.Contains(path, "@") {
		return ""
	}
	return address
}
