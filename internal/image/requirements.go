package image

import (
	"context"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"

	"banger/internal/problem"
)

// Requirement is one thing that Build needs of the host.
type Requirement struct {
	// Name is one word, for reports.
	Name string
	// Check is nil when the host has it; else a problem with a remedy.
	Check func(ctx context.Context) error
}

// Requirements are what Build needs as the user uid of the host whose file system is at root, the first one
// first: each makes sense only when those before it are met.
func Requirements(root string, uid int) []Requirement {
	return host{root: root, uid: uid}.requirements()
}

func (h host) requirements() []Requirement {
	all := []Requirement{{"mmdebstrap", installed("mmdebstrap", "mmdebstrap")}}
	if h.uid == 0 {
		return all
	}
	return append(all,
		Requirement{"newuidmap", installed("newuidmap", "uidmap")},
		Requirement{"newgidmap", installed("newgidmap", "uidmap")},
		Requirement{"subuid", h.mapped("etc/subuid", "--add-subuids")},
		Requirement{"subgid", h.mapped("etc/subgid", "--add-subgids")},
		Requirement{"namespaces", tryNamespace},
	)
}

// ready returns the first requirement that is not met.
func (h host) ready(ctx context.Context) error {
	for _, r := range h.requirements() {
		if err := r.Check(ctx); err != nil {
			return err
		}
	}
	return nil
}

func installed(program, pkg string) func(context.Context) error {
	return func(context.Context) error {
		if _, err := exec.LookPath(program); err != nil {
			return problem.New(problem.Unavailable, "%s is not installed", program).
				WithRemedy("install the package %s", pkg)
		}
		return nil
	}
}

// mapped checks that a file as of subuid(5) gives this user ids, by name as
// mmdebstrap looks for it.
func (h host) mapped(file, option string) func(context.Context) error {
	return func(context.Context) error {
		me, err := user.LookupId(strconv.Itoa(h.uid))
		if err != nil {
			return problem.New(problem.Unavailable, "this user has no name, and a build without root needs one: %w", err)
		}
		f, err := os.Open(filepath.Join(h.root, file))
		if err == nil {
			defer f.Close()
			text, err := io.ReadAll(io.LimitReader(f, 1<<20))
			if err == nil && strings.Contains("\n"+string(text), "\n"+me.Username+":") {
				return nil
			}
		}
		return problem.New(problem.Unavailable, "/%s gives the user %s no ids, which a build without root needs", file, me.Username).
			WithRemedy("ask root to type: usermod %s 100000-165535 %s", option, me.Username)
	}
}

// tryNamespace makes a user namespace the way mmdebstrap does.
func tryNamespace(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, "mmdebstrap", "--unshare-helper", "true")
	cmd.Dir = "/"
	out, err := cmd.CombinedOutput()
	if err == nil || ctx.Err() != nil {
		return context.Cause(ctx)
	}
	words := printable(strings.Join(strings.Fields(string(out)), " "))
	return problem.New(problem.Unavailable, "no user namespace can be made, which a build without root needs: %s", words).
		WithRemedy("see the kernel settings kernel.unprivileged_userns_clone, user.max_user_namespaces and kernel.apparmor_restrict_unprivileged_userns, or build as root")
}
