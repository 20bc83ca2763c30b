package agent

import (
	"maps"
	"slices"
	"strings"

	"banger/internal/guestlink"
)

// defaultPath is what Debian gives root.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// environment is a command's: the defaults for acc, then vm, then the pairs of
// own; the later wins.
func environment(acc account, tty bool, vm map[string]string, own []string) (map[string]string, error) {
	env := map[string]string{"PATH": defaultPath, "LANG": "C.UTF-8", "HOME": acc.home, "SHELL": acc.shell}
	if acc.name != "" {
		env["USER"], env["LOGNAME"] = acc.name, acc.name
	}
	if tty {
		env["TERM"] = "xterm-256color"
	}
	maps.Copy(env, vm)
	for _, pair := range own {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" || strings.ContainsRune(pair, 0) {
			return nil, refuse(guestlink.CodeInvalid, "%q is no NAME=value", pair)
		}
		env[name] = value
	}
	return env, nil
}

// pairs is env as execve wants it, in a stable order.
func pairs(env map[string]string) []string {
	list := make([]string, 0, len(env))
	for _, name := range slices.Sorted(maps.Keys(env)) {
		list = append(list, name+"="+env[name])
	}
	return list
}
