package kernel

import (
	"io/fs"
	"strings"

	"banger/internal/problem"
)

// dependencies gives, for the path of each module, the paths of those that it needs.
type dependencies map[string][]string

// parseDep reads modules.dep (modules.dep(5)): a line "path: path path ...".
func parseDep(text string) (dependencies, error) {
	deps := dependencies{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		module, needs, ok := strings.Cut(line, ":")
		paths := append([]string{module}, strings.Fields(needs)...)
		for _, p := range paths {
			if !ok || !fs.ValidPath(p) {
				return nil, problem.New(problem.Invalid, "its modules.dep has a line that is none: %.80q", line)
			}
		}
		deps[module] = paths[1:]
	}
	return deps, nil
}

// order gives the paths of the wanted modules and of all that they need, each once
// and after what it needs itself. A module that is not in modules.dep needs nothing.
func (d dependencies) order(wanted []string) []string {
	var ordered []string
	seen := map[string]bool{}
	var visit func(string)
	visit = func(module string) {
		if seen[module] {
			return // also ends a circle, which only a forged file has
		}
		seen[module] = true
		for _, needed := range d[module] {
			visit(needed)
		}
		ordered = append(ordered, module)
	}
	for _, m := range wanted {
		visit(m)
	}
	return ordered
}
