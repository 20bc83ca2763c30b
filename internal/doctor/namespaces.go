package doctor

import (
	"context"
	"fmt"
	"strings"

	"banger/internal/image"
)

// namespaceSettings are the kernel's that keep plain users from making user namespaces, with the value that forbids it.
var namespaceSettings = []struct{ name, forbids, allows string }{
	{"user.max_user_namespaces", "0", "15000"},
	{"kernel.unprivileged_userns_clone", "0", "1"},
	{"kernel.apparmor_restrict_unprivileged_userns", "1", "0"}, // not for programs that have a profile
}

// checkNamespaces makes a user namespace, as the building of an image does. Where that cannot be tried, the settings tell.
func checkNamespaces(ctx context.Context, h *host) []Row {
	if h.uid == 0 {
		return passed("root builds images without user namespaces")
	}
	remedy := h.allowNamespaces()
	for _, r := range image.Requirements(h.root, h.uid) {
		err := r.Check(ctx)
		switch {
		case ctx.Err() != nil:
			return warned("image build cannot work: no user namespace was made in seconds", "build images as root")
		case r.Name == "namespaces" && err != nil && remedy != "":
			return warned("image build cannot work: "+err.Error(), remedy)
		case r.Name == "namespaces":
			return requirementRow(err, "build images as root")
		case err == nil:
		case remedy != "":
			return warned("the kernel may keep this user from making user namespaces, which image build needs", remedy)
		default:
			return passed("no setting of the kernel forbids user namespaces; none was made, since image build lacks " + r.Name)
		}
	}
	return nil
}

// allowNamespaces is what to type so that the kernel lets plain users make user namespaces; empty when no setting forbids it.
func (h *host) allowNamespaces() string {
	for _, s := range namespaceSettings {
		if value, _ := h.read("proc/sys/" + strings.ReplaceAll(s.name, ".", "/")); value == s.forbids {
			return fmt.Sprintf("sudo sysctl -w %s=%s", s.name, s.allows)
		}
	}
	return ""
}
