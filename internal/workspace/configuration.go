package workspace

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// configuration is what is taken over of a repository's and a user's configuration.
type configuration struct {
	name, email string // who commits
	origin      string // the address of remote origin, as it stands
	promisor    string // the remote that has what a partial clone left out; empty without
	excludes    string // the user's file of ignored names, not the repository's choice
	// core holds the settings that decide how git takes files of the working tree, in the order of carried.
	core [][2]string
}

// carried are settings without which a guest's git would see changes that are none. Their values are words.
var carried = []string{"core.filemode", "core.symlinks", "core.ignorecase", "core.autocrlf", "core.eol", "core.sparsecheckout", "core.sparsecheckoutcone"}

// configure reads r's configuration together with that of the user who runs the daemon: the user's HOME is looked
// into for this one call, which only reads. Without a repository it is the user's alone.
func (r repository) configure(ctx context.Context) (c configuration, err error) {
	call := git{dir: "/", env: []string{"GIT_DIR=" + os.DevNull}, user: true}
	if r.git != "" {
		call = r.call()
		call.user = true
	}
	out, err := call.run(ctx, "config", "--list", "-z", "--show-scope", "--includes")
	if err != nil {
		return c, broken(r.root, err)
	}
	c.excludes = defaultExcludes()
	values := map[string]string{}
	words := strings.Split(strings.TrimSuffix(out, "\x00"), "\x00")
	for scoped := range slices.Chunk(words, 2) {
		if len(scoped) < 2 || scoped[0] == "command" {
			continue
		}
		key, value, set := strings.Cut(scoped[1], "\n")
		if !set {
			value = "true"
		}
		c.take(scoped[0], key, value, values)
	}
	for _, key := range carried {
		if value := values[key]; value != "" && isWord(value) {
			c.core = append(c.core, [2]string{key, value})
		}
	}
	return c, nil
}

// take takes one setting; later ones win.
func (c *configuration) take(scope, key, value string, values map[string]string) {
	own := scope == "local" || scope == "worktree"
	remote, promises := strings.CutSuffix(key, ".promisor")
	switch {
	case key == "user.name":
		c.name = value
	case key == "user.email":
		c.email = value
	case key == "remote.origin.url" && c.origin == "":
		c.origin = value
	case key == "core.excludesfile" && !own:
		c.excludes = fromHome(value)
	case key == "extensions.partialclone" && own:
		c.promisor = value
	case promises && own && value == "true" && c.promisor == "":
		c.promisor = strings.TrimPrefix(remote, "remote.")
	case slices.Contains(carried, key):
		values[key] = value
	}
}

// get gives a carried setting.
func (c configuration) get(key string) string {
	for _, s := range c.core {
		if s[0] == key {
			return s[1]
		}
	}
	return ""
}

func isWord(value string) bool {
	return len(value) < 16 && strings.Trim(strings.ToLower(value), "abcdefghijklmnopqrstuvwxyz0123456789") == ""
}

// defaultExcludes is where git looks when the user has not said where.
func defaultExcludes() string {
	if dir := os.Getenv("XDG_CONFIG_HOME"); dir != "" {
		return filepath.Join(dir, "git", "ignore")
	}
	return fromHome("~/.config/git/ignore")
}

func fromHome(path string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		return filepath.Join(os.Getenv("HOME"), rest)
	}
	return path
}
